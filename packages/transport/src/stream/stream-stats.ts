import type { InboundStats, OutboundStats } from "./halves.ts";
import type { Reliability } from "./reliability.ts";

/**
 * A snapshot of one stream. Messages sent and received count their own bytes; what waits, is under
 * way or is granted counts four more per message, as credit does.
 */
export interface StreamStats extends OutboundStats, InboundStats {
  readonly reliability: Reliability;
  /** The offset below which the peer may send: all that it was ever granted, in bytes. */
  readonly grantedBytes: number;
  /** How often `send` met `backpressure`. */
  readonly backpressureCount: number;
}
