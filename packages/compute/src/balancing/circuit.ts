import type { Clock } from "@selvage/core";

/** When a {@link Circuit} opens, and for how long. */
export interface CircuitConfig {
  readonly failures: number;
  readonly openMs: number;
}

type State =
  | { readonly at: "closed"; readonly failures: number }
  | { readonly at: "open"; readonly until: number }
  /** One request finds out whether it works again. */
  | { readonly at: "probing" };

const CLOSED: State = { at: "closed", failures: 0 };

/** Keeps requests from what failed several times in a row, but for one now and then. */
export class Circuit {
  readonly #clock: Clock;
  readonly #config: CircuitConfig;
  #state: State = CLOSED;

  constructor(clock: Clock, config: CircuitConfig) {
    this.#clock = clock;
    this.#config = config;
  }

  /** Whether a request may go there. */
  get isPassable(): boolean {
    const state = this.#state;
    return state.at === "closed" || (state.at === "open" && this.#clock.now() >= state.until);
  }

  /** A request goes there; whether it is the one that finds out. */
  enter(): boolean {
    if (this.#state.at !== "open") return false;
    this.#state = { at: "probing" };
    return true;
  }

  /** A request that {@link enter} was called for went well. */
  succeeded(isProbe: boolean): void {
    if (isProbe || this.#state.at === "closed") this.#state = CLOSED;
  }

  /** A request that {@link enter} was called for failed. */
  failed(isProbe: boolean): void {
    if (isProbe) this.#open();
    else if (this.#state.at === "closed") {
      const failures = this.#state.failures + 1;
      if (failures >= this.#config.failures) this.#open();
      else this.#state = { at: "closed", failures };
    }
  }

  /** A probe ended without telling anything. */
  abandoned(isProbe: boolean): void {
    if (isProbe) this.#state = { at: "open", until: this.#clock.now() };
  }

  #open(): void {
    this.#state = { at: "open", until: this.#clock.now() + this.#config.openMs };
  }
}
