import type { ViolationLog } from "../violations.ts";
import type { Life } from "./life.ts";

/** What may be told at once … */
const BURST = 10;
/** … and how many milliseconds each one more takes. */
const REFILL_MS = 1_000;
/** A node announces itself anew so often per lifetime, and sooner after anything it said. */
const RENEWALS_PER_TTL = 3;
/** What a process says when it starts is told at once. */
const AT_BIRTH = 2;

interface Account {
  atMs: number;
  told: number;
  /** Tokens for ordinary changes. */
  tokens: number;
  /** What may be told besides: renewals, what is urgent, and what outdoes a former life. */
  extra: number;
  urgent: number;
  own: number;
}

/** A node tells its neighbours of itself no more often than its token bucket allows. */
export class TalkRules {
  readonly #now: () => number;
  readonly #log: ViolationLog;
  readonly #accounts: WeakMap<Life, Account> = new WeakMap();

  constructor(now: () => number, log: ViolationLog) {
    this.#now = now;
    this.#log = log;
  }

  /** Looks at how often a process has told of itself since the last look. */
  look(life: Life): void {
    const account = this.#accounts.get(life) ?? open(life);
    this.#accounts.set(life, account);
    const { told, own } = life.mesh.stats().announcements;
    const passedMs = this.#now() - account.atMs;
    const renewalMs = (life.member.setting.ttlSeconds * 1_000) / RENEWALS_PER_TTL;
    account.tokens += passedMs / REFILL_MS;
    account.extra += passedMs / renewalMs + (life.urgent - account.urgent);
    account.extra += own - account.own;
    let count = told - account.told;
    account.atMs += passedMs;
    account.urgent = life.urgent;
    Object.assign(account, { told, own });
    const byExtra = Math.min(count, Math.floor(account.extra));
    account.extra -= byExtra;
    count -= byExtra;
    account.tokens = Math.min(BURST, account.tokens - count);
    if (account.tokens >= 0) return;
    const { name } = life.member;
    const when = `${count} times in ${Math.round(passedMs)} ms`;
    this.#log.add(
      "too-talkative",
      `${name} told of itself ${when}, ${Math.ceil(-account.tokens)} too many`,
    );
    account.tokens = 0;
  }
}

const open = ({ bornAtMs }: Life): Account => ({
  atMs: bornAtMs,
  told: 0,
  tokens: BURST,
  extra: AT_BIRTH,
  urgent: 0,
  own: 0,
});
