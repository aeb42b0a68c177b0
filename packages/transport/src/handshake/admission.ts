import { type Clock, TokenBucket } from "@selvage/core";

import type { TransportLimits } from "../defaults.ts";
import type { CookieMaker } from "./cookies.ts";
import { SourceLimiter } from "./source-limiter.ts";

/** Half-done handshakes above this share of the most are load. */
const CALM_SHARE = 1 / 16;

/** What becomes of a message 1 that could begin a handshake. */
export type AdmissionVerdict = "admitted" | "cookie-required" | "rate-limited";

/**
 * Decides before any costly work whether a message 1 may begin a handshake. Whoever has proven its
 * address by a cookie is rationed by it alone: nobody can use up its share by naming its address.
 */
export class Admission {
  readonly #cookies: CookieMaker;
  readonly #all: TokenBucket;
  readonly #proven: SourceLimiter;
  readonly #unproven: SourceLimiter;
  readonly #calmPending: number;

  constructor(cookies: CookieMaker, { clock, limits }: { clock: Clock; limits: TransportLimits }) {
    const now = (): number => clock.now();
    const { handshakesPerSecond, sourceHandshakesPerSecond, maxPendingHandshakes } = limits;
    this.#cookies = cookies;
    this.#all = new TokenBucket(handshakesPerSecond, handshakesPerSecond, now);
    this.#proven = new SourceLimiter(sourceHandshakesPerSecond, now);
    this.#unproven = new SourceLimiter(sourceHandshakesPerSecond, now);
    this.#calmPending = CALM_SHARE * maxPendingHandshakes;
  }

  /** Judges a message 1 that is no repetition; `pending` handshakes are half done. */
  judge(init: Uint8Array, source: string, pending: number): AdmissionVerdict {
    const calm = this.#all.take() && pending < this.#calmPending;
    if (this.#cookies.isProven(init, source)) {
      return this.#proven.take(source) ? "admitted" : "rate-limited";
    }
    return calm && this.#unproven.take(source) ? "admitted" : "cookie-required";
  }
}
