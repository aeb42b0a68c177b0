import { type Clock, deferred, type Logger, toHex } from "@selvage/core";
import { type CryptoProvider, defaultProvider } from "@selvage/identity";
import type { MessageStream } from "@selvage/transport";

import { type Answer, encodeAnswer } from "./answering.ts";
import { MemoryReplayStore } from "./memory-replay-store.ts";
import { refusal } from "./refusal.ts";
import type { ReplayClaim, ReplayStore } from "./replay-store.ts";
import { type Wanted, whileWanted } from "./while-wanted.ts";

/** How often a store is asked about a call that runs at another server, in milliseconds. */
const POLL_MS = 100;

/** A call that names an idempotency key. */
export interface KeyedCall extends Wanted {
  readonly stream: Pick<MessageStream, "nodeId" | "onFailure">;
  readonly service: string;
  readonly key: string;
  readonly body: Uint8Array;
  /** Runs it. Must not reject. */
  run(): Promise<Answer>;
}

/** What keyed calls are recognised with. */
export interface KeyedCallsParts {
  readonly clock: Clock;
  readonly logger: Logger;
  readonly replayStore?: ReplayStore | undefined;
  readonly crypto?: CryptoProvider | undefined;
}

interface Running {
  readonly digest: string;
  /** The answer, or `undefined` if the handler did not run. */
  readonly ended: Promise<Uint8Array | undefined>;
}

/** Lets calls with one key run once: repeats join the running call or get the stored answer. */
export class KeyedCalls {
  readonly #store: ReplayStore;
  readonly #crypto: CryptoProvider;
  readonly #logger: Logger;
  readonly #running: Map<string, Running> = new Map();

  constructor({ clock, logger, replayStore, crypto }: KeyedCallsParts) {
    this.#store = replayStore ?? new MemoryReplayStore({ clock });
    this.#crypto = crypto ?? defaultProvider();
    this.#logger = logger;
  }

  /** The message that answers a call; `undefined` if nobody waits for it any more. */
  async answer(call: KeyedCall): Promise<Uint8Array | undefined> {
    // A node id stands for the key that its owner has proven: nobody else's keys can be guessed.
    const id = `${call.service} ${call.stream.nodeId} ${call.key}`;
    const digest = toHex(this.#crypto.blake2s(call.body));
    for (;;) {
      const running = this.#running.get(id);
      if (running === undefined) {
        const answer = await this.#claim(id, digest, call);
        if (answer !== undefined) return answer;
        const waited = await whileWanted(call, call.clock.sleep(POLL_MS));
        if (waited !== undefined) return waited === "gone" ? undefined : EXPIRED;
      } else {
        if (running.digest !== digest) return MISMATCH;
        const ended = await whileWanted(call, running.ended);
        if (ended === "gone") return undefined;
        if (ended === "timeout") return EXPIRED;
        if (ended !== undefined) return ended;
      }
    }
  }

  /** Runs the call, or says what the store knows of it; `undefined`: it runs elsewhere. */
  async #claim(id: string, digest: string, call: KeyedCall): Promise<Uint8Array | undefined> {
    const { promise, resolve } = deferred<Uint8Array | undefined>();
    this.#running.set(id, { digest, ended: promise });
    let answered: Uint8Array | undefined;
    try {
      const claim = await this.#store.claim(id, digest);
      if (claim.state !== "claimed") return known(claim);
      const answer = await call.run();
      const message = encodeAnswer(answer);
      if (answer.notStarted !== true) answered = message;
      await this.#settle(claim, answered);
      return message;
    } catch (error) {
      this.#logger.error("a replay store failed", { service: call.service, error });
      return encodeAnswer(refusal("internal", "the provider cannot tell whether this is a repeat"));
    } finally {
      this.#running.delete(id);
      resolve(answered);
    }
  }

  /** Whatever becomes of this, the caller has its answer. */
  async #settle(
    claim: ReplayClaim & { readonly state: "claimed" },
    answer: Uint8Array | undefined,
  ): Promise<void> {
    try {
      await (answer === undefined ? claim.release() : claim.complete(answer));
    } catch (error) {
      this.#logger.error("a replay store did not take an answer", { error });
    }
  }
}

const MISMATCH = encodeAnswer(
  refusal("idempotency-mismatch", "the key belongs to a call with another body"),
);
/** Nobody vouches for the first call: its handler may be running. */
const EXPIRED = encodeAnswer({
  status: "timeout",
  message: "the first call with this key has no answer yet",
});
const FULL = encodeAnswer(refusal("backpressure", "no room for another idempotency key"));
const FORGOTTEN = encodeAnswer({
  status: "internal",
  message: "this call was answered, by more than could be kept",
});

/** The answer to what the store knows; `undefined` while that runs elsewhere. */
function known(claim: Exclude<ReplayClaim, { readonly state: "claimed" }>): Uint8Array | undefined {
  return claim.state === "completed" ? claim.answer : ANSWERS[claim.state];
}

const ANSWERS: Readonly<
  Record<"running" | "mismatch" | "full" | "forgotten", Uint8Array | undefined>
> = {
  running: undefined,
  mismatch: MISMATCH,
  full: FULL,
  forgotten: FORGOTTEN,
};
