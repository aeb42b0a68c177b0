import { type Clock, deferred } from "@selvage/core";
import { Identity } from "@selvage/identity";
import type { Mesh } from "@selvage/mesh";

import { CallTally } from "./call-tally.ts";
import type { Mode } from "./options.ts";
import type { Fault, Provider, ProviderHost, ProviderSpec } from "./providers/provider.ts";
import { type DemoReport, roundMs } from "./report.ts";
import type { Role } from "./roles.ts";
import { CALLERS, steadyCalls } from "./steady-calls.ts";
import type { StoryEvent, TimedEvent } from "./story-event.ts";
import { type CallResult, SummarizeCaller } from "./summarize-caller.ts";
import { summarizeService } from "./summarize/service.ts";
import { waitUntil } from "./wait-until.ts";

/** How long the caller may take to discover both providers, in milliseconds. */
const DISCOVERY_MS = 20_000;
/** How long a primary that is back may take to be used again, in milliseconds. */
const RETURN_MS = 15_000;
/** Pause between the calls that look for it, in milliseconds. */
const RETURN_PAUSE_MS = 10;

/** What the story is played with. */
export interface StoryParts {
  readonly caller: Mesh;
  readonly host: ProviderHost;
  /** The pre-shared key of the caller's mesh. */
  readonly psk: Uint8Array;
  readonly clock: Clock;
  readonly loopDelay: { start(): void; stop(): number };
  readonly tell: (event: TimedEvent) => void;
}

/** Which story. */
export interface StoryConfig {
  readonly text: string;
  readonly fault: Fault;
  readonly mode: Mode;
  /** Calls by name up to the return of the primary; the one before and the one after included. */
  readonly calls: number;
}

/** How it ended. */
export interface StoryOutcome {
  readonly report: DemoReport;
  /** The call before the fault. */
  readonly first: CallResult;
  /** The call after the fault. */
  readonly second: CallResult;
  /** The primary was used again once it was back. */
  readonly hasReturned: boolean;
}

/** What followed the fault while the steady calls went on. */
interface Aftermath {
  readonly second: CallResult;
  readonly pinned: CallResult;
}

/**
 * The failover story: two providers, a caller, and a primary that is lost mid-run.
 *
 * Of all calls, the first is made before the steady ones, and the second is the first of those
 * that start when the fault has taken effect.
 */
export class Story {
  readonly #parts: StoryParts;
  readonly #config: StoryConfig;
  readonly #calls: SummarizeCaller;
  readonly #tally = new CallTally();
  readonly #beganAt: number;

  constructor(parts: StoryParts, config: StoryConfig) {
    this.#parts = parts;
    this.#config = config;
    this.#calls = new SummarizeCaller(parts.caller, parts.clock, config.text, config.mode);
    this.#beganAt = parts.clock.now();
  }

  /**
   * Plays it.
   *
   * @throws Error when the stage cannot be set: a provider does not start or is not found.
   */
  async run(): Promise<StoryOutcome> {
    const { loopDelay, caller } = this.#parts;
    const spec = this.#specOf("primary");
    const [primary] = await Promise.all([this.#start(spec), this.#start(this.#specOf("standby"))]);
    await this.#discoverBoth();

    loopDelay.start();
    const counting = caller.onCall((event) => this.#tally.addEvent(event));
    const first = await this.#countedCall();
    this.#tell({ type: "first-call", result: first });
    const { second, pinned } = await this.#steadyRun(primary);
    counting[Symbol.dispose]();
    const report = this.#report(first, second, pinned, loopDelay.stop());

    const hasReturned = await this.#bringBack(primary, spec);
    return { report, first, second, hasReturned };
  }

  /** Each provider knows one address, the caller's; the rest they hear from each other. */
  #specOf(role: Role): ProviderSpec {
    const { psk, caller } = this.#parts;
    return { role, psk, identity: Identity.generate(), peers: [caller.address] };
  }

  async #start(spec: ProviderSpec): Promise<Provider> {
    const provider = await this.#parts.host.start(spec);
    const { role, nodeId, address, pid } = provider;
    this.#tell({ type: "started", role, nodeId, address, pid });
    return provider;
  }

  async #discoverBoth(): Promise<void> {
    const { caller, clock } = this.#parts;
    await waitUntil(
      clock,
      "sight of both providers",
      DISCOVERY_MS,
      () => caller.findProviders(summarizeService.name).length === 2,
    );
    this.#tell({ type: "discovered" });
  }

  async #steadyRun(primary: Provider): Promise<Aftermath> {
    const count = this.#config.calls - 2;
    const { clock } = this.#parts;
    const half = deferred<void>();
    const watching = this.#watch(primary);
    this.#tell({ type: "steady", calls: count, callers: CALLERS });
    const [aftermath] = await Promise.all([
      half.promise.then(() => this.#strike(primary)),
      steadyCalls({ clock, count, call: () => this.#countedCall(), onHalf: () => half.resolve() }),
    ]);
    watching[Symbol.dispose]();
    const { calls, errors } = this.#tally;
    this.#tell({ type: "steady-ended", calls, errors });
    return aftermath;
  }

  /** The fault, the call after it, and the one that nothing can save. */
  async #strike(primary: Provider): Promise<Aftermath> {
    const { fault } = this.#config;
    this.#tell({ type: "fault", fault });
    this.#tally.markFault(this.#parts.clock.now());
    if (fault === "kill") primary.kill();
    else if (fault === "freeze") primary.freeze();
    else await primary.close();

    const second = await this.#countedCall();
    this.#tell({ type: "second-call", result: second });
    const pinned = await this.#calls.byNode(primary.nodeId);
    this.#tell({ type: "pinned-call", result: pinned });
    return { second, pinned };
  }

  /** Tells how the caller's node sees the primary, until disposed. */
  #watch({ nodeId }: Provider): Disposable {
    const feed = this.#parts.caller.status()[Symbol.asyncIterator]();
    const read = async (): Promise<void> => {
      for (let step = await feed.next(); step.done !== true; step = await feed.next()) {
        const { value: status } = step;
        if (status.type === "call" || status.nodeId !== nodeId) continue;
        const [about, what = ""] = status.type.split(/-(.*)/u);
        if (about === "peer") this.#tell({ type: "noticed", what });
      }
    };
    void read();
    return { [Symbol.dispose]: () => void feed.return?.() };
  }

  /** What was frozen goes on, what is gone starts again as the same node; then it is used again. */
  async #bringBack(primary: Provider, spec: ProviderSpec): Promise<boolean> {
    const { clock } = this.#parts;
    if (this.#config.fault === "freeze") {
      primary.thaw();
      this.#tell({ type: "returning", how: "thawed" });
    } else {
      await this.#start(spec);
      this.#tell({ type: "returning", how: "restarted" });
    }
    const since = clock.now();
    let afterMs = 0;
    do {
      const { answeredBy } = await this.#calls.byName();
      afterMs = clock.now() - since;
      if (answeredBy === "primary") {
        this.#tell({ type: "returned", afterMs });
        return true;
      }
      await clock.sleep(RETURN_PAUSE_MS);
    } while (afterMs < RETURN_MS);
    this.#tell({ type: "not-returned", afterMs });
    return false;
  }

  async #countedCall(): Promise<CallResult> {
    const result = await this.#calls.byName();
    const isSwitch = this.#tally.add(result);
    this.#tell({ type: "call", result });
    const { failoverMs } = this.#tally;
    if (isSwitch && failoverMs !== undefined) this.#tell({ type: "switched", failoverMs });
    return result;
  }

  #report(
    first: CallResult,
    second: CallResult,
    pinned: CallResult,
    loopDelayMs: number,
  ): DemoReport {
    const { fault, mode } = this.#config;
    const { calls, errors, retries, moves, worstCallMs, failoverMs, answeredBy } = this.#tally;
    return {
      fault,
      mode,
      calls,
      errors,
      retries,
      moves,
      before: { provider: first.answeredBy ?? null },
      after: { provider: second.answeredBy ?? null },
      pinned: { failed: pinned.failure !== undefined, kind: pinned.failure ?? null },
      worstCallMs: roundMs(worstCallMs),
      failoverMs: failoverMs === undefined ? null : roundMs(failoverMs),
      loopDelayMs: roundMs(loopDelayMs),
      answeredBy: { ...answeredBy },
    };
  }

  #tell(event: StoryEvent): void {
    this.#parts.tell({ ...event, at: this.#parts.clock.now() - this.#beganAt });
  }
}
