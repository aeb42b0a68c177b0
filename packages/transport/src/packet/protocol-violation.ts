/** What an authenticated peer did that no correct implementation does. */
export type Violation =
  | "truncated"
  | "integer-range"
  | "unknown-frame"
  | "ack-of-unsent"
  | "ack-ranges"
  | "stream-limit"
  | "stream-state"
  | "flow-control"
  | "excess-credit"
  | "final-size"
  | "message-too-large"
  | "too-many-gaps"
  | "too-many-resets";

/** Thrown while a packet is processed; the session closes with the reason and counts it. */
export class ProtocolViolation extends Error {
  readonly reason: Violation;

  constructor(reason: Violation) {
    super(reason);
    this.name = "ProtocolViolation";
    this.reason = reason;
  }
}
