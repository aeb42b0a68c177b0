/** What one end of a stream does. */
export interface SidePlan {
  /** Lengths of the messages that it sends, in bytes. */
  readonly sends: readonly number[];
  /** Sends once it has taken so many messages, or has seen the end of them. */
  readonly sendsAfter: number;
  /** Pause before each message, in milliseconds. */
  readonly sendGapMs: number;
  /** What it does when there is no room: waits for it, asks for it, or tries again for a while. */
  readonly patience: "blocking" | "polling" | "retrying";
  /** Urgency of what it sends, from 0 (most) to 7. */
  readonly priority: number;
  /** Hands its last message over together with the end. */
  readonly endsWithLast: boolean;
  /** Pause before each message that it takes, in milliseconds. */
  readonly readGapMs: number;
  /** Takes so many messages, and then none until everybody hurries. */
  readonly readsAtMost: number;
  /** Resets the stream after so many milliseconds, unless it is over. */
  readonly resetsAfterMs: number | undefined;
  /** What the reset says. */
  readonly resetCode: number;
  /** The reset vouches that no work was started. */
  readonly resetsNotStarted: boolean;
  /** Opens a stream to the other end, and sends once that one is over. */
  readonly callsBack: boolean;
}

/** A stream, as both ends see it. */
export interface StreamPlan {
  /** Which kind of traffic it is. */
  readonly kind: string;
  readonly protocol: number;
  readonly watched: boolean;
  readonly reliability: "reliable" | "fire-and-forget";
  readonly opener: SidePlan;
  readonly handler: SidePlan;
}

/** Sends nothing, reads at once, ends when the other end does. */
export const quietSide: SidePlan = {
  sends: [],
  sendsAfter: 0,
  sendGapMs: 0,
  patience: "blocking",
  priority: 3,
  endsWithLast: false,
  readGapMs: 0,
  readsAtMost: Number.POSITIVE_INFINITY,
  resetsAfterMs: undefined,
  resetCode: 0,
  resetsNotStarted: false,
  callsBack: false,
};
