import type { Provider } from "./provider.ts";

/**
 * How a provider is chosen among equals, which are the fittest of the best priority class.
 *
 * - `round-robin`: in turn, by weight.
 * - `random`: by weight.
 * - `sticky`: the same provider for the same `stickyKey`, at all callers, as long as it is there
 *   and well.
 * - `lowest-latency`: the one that answered fastest lately, whatever its weight.
 * - `least-loaded`: of two drawn at random the one where a call has less to wait for.
 */
export type SelectionPolicy =
  | "round-robin"
  | "random"
  | "sticky"
  | "lowest-latency"
  | "least-loaded";

/** Chooses among providers of one class. */
export interface Selector {
  /**
   * One of the providers, of which there is at least one.
   *
   * @param stickyKey What calls that belong together have in common; only `sticky` looks at it.
   */
  select(service: string, providers: readonly Provider[], stickyKey?: string): Provider;
}
