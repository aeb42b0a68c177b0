import type { Clock, Timer } from "@selvage/core";

/** Probe timeouts that a peer has to answer. */
const PTOS = 3;

/** The time in which a peer has to show that it still knows a session. */
export class Doubt implements Disposable {
  readonly #clock: Clock;
  readonly #capMs: number;
  #timer: Timer | undefined;

  /** No doubt lasts longer than `capMs`: after a long silence the measured round trip is no guide. */
  constructor(clock: Clock, capMs: number) {
    this.#clock = clock;
    this.#capMs = capMs;
  }

  /**
   * Calls `onSilence` unless the session receives something within three probe timeouts. Further
   * doubts meanwhile change nothing.
   */
  raise(session: { readonly packetsReceived: number }, ptoMs: number, onSilence: () => void): void {
    if (this.#timer !== undefined) return;
    const before = session.packetsReceived;
    const waitMs = Math.min(this.#capMs, PTOS * ptoMs);
    this.#timer = this.#clock
      .setTimeout(() => {
        this.#timer = undefined;
        if (session.packetsReceived === before) onSilence();
      }, waitMs)
      .unref();
  }

  [Symbol.dispose](): void {
    this.#timer?.[Symbol.dispose]();
  }
}
