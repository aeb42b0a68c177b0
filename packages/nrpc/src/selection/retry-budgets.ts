import { DEFAULT_BUDGET_TOKENS, RetryBudget } from "@selvage/resilience";

/** Services whose budgets are remembered. */
const MAX_SERVICES = 1_024;

/**
 * Keeps the retries and hedges of each service a fraction of its calls, so that trouble is not
 * multiplied. Moves are free. Of more services than are remembered, the fullest budget goes.
 */
export class RetryBudgets {
  readonly #budgets: Map<string, RetryBudget> = new Map();

  /** The tokens that are left to services whose budgets are not full. */
  left(): ReadonlyMap<string, number> {
    const left = [...this.#budgets].map(([service, { tokens }]) => [service, tokens] as const);
    return new Map(left.filter(([, tokens]) => tokens < DEFAULT_BUDGET_TOKENS));
  }

  /** The budget of a service, for a policy that spends of it and earns what it costs. */
  of(service: string): RetryBudget {
    let budget = this.#budgets.get(service);
    if (budget === undefined) {
      if (this.#budgets.size >= MAX_SERVICES) this.#forgetFullest();
      this.#budgets.set(service, (budget = new RetryBudget()));
    }
    return budget;
  }

  /** Whether a call may be tried again now. */
  allows(service: string): boolean {
    return this.#budgets.get(service)?.allows ?? true;
  }

  /** A call is tried again. */
  spend(service: string): void {
    this.of(service).spend();
  }

  /** A call was answered. */
  earn(service: string): void {
    // One that is full again stays: a race may be about to spend of it.
    this.#budgets.get(service)?.earn();
  }

  #forgetFullest(): void {
    let fullest: string | undefined;
    let most = Number.NEGATIVE_INFINITY;
    for (const [service, { tokens }] of this.#budgets) {
      if (tokens > most) [fullest, most] = [service, tokens];
    }
    if (fullest !== undefined) this.#budgets.delete(fullest);
  }
}
