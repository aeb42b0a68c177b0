import type { Endpoint } from "./endpoint.ts";

/** Chooses among endpoints that a request may go to. */
export interface BalancingStrategy {
  /** `available` has at least one, in a steady order. */
  pick(available: readonly Endpoint[], key: string | undefined): Endpoint | undefined;
  /** There are other endpoints from now on, whether available or not. */
  changed?(all: readonly Endpoint[]): void;
}

/** The names of strategies. */
export type BalancingStrategyName =
  /** In turn. */
  | "round-robin"
  /** In turn, by weight, evenly spread. */
  | "weighted-round-robin"
  /** The one with the fewest requests under way. */
  | "least-connections"
  /** The same, divided by weight. */
  | "weighted-least-connections"
  /** Any. */
  | "random"
  /** Any, by weight. */
  | "weighted-random"
  /** For one key the same as long as it is there; few keys move when others come and go. */
  | "consistent-hash"
  /** The one that answered fastest lately. */
  | "least-latency"
  /** The one with the lowest load. */
  | "least-load"
  /** Of two drawn at random the one with fewer requests under way. */
  | "power-of-two"
  /** `least-connections` under high load, `consistent-hash` with a key, else by weight in turn. */
  | "adaptive";
