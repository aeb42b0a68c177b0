/** Services whose spent budgets are remembered. */
const MAX_SERVICES = 1_024;
/** Tokens of a full budget. */
const MAX_TOKENS = 10;
/** What an answered call gives back: in the long run, one call in ten is a retry. */
const TOKEN_RATIO = 0.1;

/**
 * Keeps the retries of each service a fraction of its calls, so that trouble is not multiplied: a
 * retry costs a token, an answered call gives back a part of one, and nothing is retried while half
 * of the tokens or fewer are left (retry throttling of gRPC's proposal A6). Moves are free. Only
 * budgets that are not full are kept.
 */
export class RetryBudgets {
  /** Tokens left, by service. */
  readonly #left: Map<string, number> = new Map();

  /** Whether a call may be tried again now. */
  allows(service: string): boolean {
    return (this.#left.get(service) ?? MAX_TOKENS) > MAX_TOKENS / 2;
  }

  /** A call is tried again. */
  spend(service: string): void {
    const left = this.#left.get(service) ?? MAX_TOKENS;
    if (this.#left.size >= MAX_SERVICES) this.#forgetFullest();
    this.#left.set(service, Math.max(0, left - 1));
  }

  /** A call was answered. */
  earn(service: string): void {
    if (this.#left.size === 0) return;
    const left = this.#left.get(service);
    if (left === undefined) return;
    // Tenths do not add up: what is all but full is full.
    const earned = left + TOKEN_RATIO;
    if (earned > MAX_TOKENS - TOKEN_RATIO / 2) this.#left.delete(service);
    else this.#left.set(service, earned);
  }

  #forgetFullest(): void {
    let fullest: string | undefined;
    let most = Number.NEGATIVE_INFINITY;
    for (const [service, left] of this.#left) if (left > most) [fullest, most] = [service, left];
    if (fullest !== undefined) this.#left.delete(fullest);
  }
}
