import type { NodeId } from "@selvage/core";
import type { BreakerState } from "@selvage/resilience";

/** What a node knows of one service at one provider, from the calls that it made. */
export interface ProviderStats {
  readonly service: string;
  readonly nodeId: NodeId;
  /** Attempts under way; those that are answered by a stream until its end. */
  readonly inFlight: number;
  /** How long answers took lately, in milliseconds; `undefined` before the first. */
  readonly latencyMs: number | undefined;
  readonly breaker: BreakerState;
  /** Milliseconds until an open breaker lets a call try; otherwise 0. */
  readonly retryAfterMs: number;
}

/** A provider that failed lately, and gets fewer calls than its share for that. */
export interface PenaltyStats {
  readonly nodeId: NodeId;
  /** The part of its share that it gets now: 0 while it is avoided. */
  readonly share: number;
  /** For how long it is still avoided, in milliseconds. */
  readonly avoidedMs: number;
}

/** A snapshot of what a client knows; everything in it is bounded. */
export interface RpcClientStats {
  /** Calls under way. */
  readonly inFlight: number;
  /** Services at providers that were called, 4,096 at most; the longest unused are forgotten. */
  readonly providers: readonly ProviderStats[];
  readonly penalties: readonly PenaltyStats[];
  /** Retries and hedges that services have left, in tokens, where that is less than all 10. */
  readonly retryBudgets: Readonly<Record<string, number>>;
}
