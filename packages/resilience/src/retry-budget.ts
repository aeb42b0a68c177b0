import { number, whole } from "./checks.ts";
import { DEFAULT_BUDGET_TOKENS, DEFAULT_RETRY_RATIO } from "./defaults.ts";

/** Construction options of {@link RetryBudget}. */
export interface RetryBudgetConfig {
  /** How many tokens there are at most, and at first. Default 10. */
  readonly maxTokens?: number | undefined;
  /** What a success gives back, 0 to 1, to three decimals. Default 0.1. */
  readonly tokenRatio?: number | undefined;
}

/**
 * Keeps repeated calls a fraction of all calls: a failure costs a token, a success gives back a
 * part of one, and nothing is repeated while half of the tokens or fewer are left. Share one among
 * all policies that put load on the same service.
 *
 * The algorithm is that of gRPC's proposal A6, "throttling retry attempts and hedged RPCs". Tokens
 * are counted in thousandths there too, so that sums stay exact.
 */
export class RetryBudget {
  readonly #max: number;
  readonly #gain: number;
  #milli: number;

  /** @throws RangeError when an option is out of its range. */
  constructor({ maxTokens, tokenRatio }: RetryBudgetConfig = {}) {
    this.#max = whole("maxTokens", maxTokens ?? DEFAULT_BUDGET_TOKENS) * 1000;
    this.#gain = Math.round(number("tokenRatio", tokenRatio ?? DEFAULT_RETRY_RATIO, 0, 1) * 1000);
    this.#milli = this.#max;
  }

  /** Tokens left. */
  get tokens(): number {
    return this.#milli / 1000;
  }

  /** Whether a call may be repeated now. */
  get allows(): boolean {
    return this.#milli > this.#max / 2;
  }

  /** Takes a token: for a failure that would be repeated, or for a hedge that is started. */
  spend(): void {
    this.#milli = Math.max(0, this.#milli - 1000);
  }

  /** Gives back a part of a token: for a success. */
  earn(): void {
    this.#milli = Math.min(this.#max, this.#milli + this.#gain);
  }
}
