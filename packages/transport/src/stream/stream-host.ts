import type { BytePool, Clock, NodeId } from "@selvage/core";

import type { Violation } from "../packet/protocol-violation.ts";
import type { ControlFrame } from "../session/control-queue.ts";
import type { ReassemblyBudget } from "./reassembly-budget.ts";
import type { StreamCore } from "./stream-core.ts";

/** What the streams of a session count together. */
export interface StreamCounters {
  /** Pieces of reliable streams that were sent again. */
  retransmissions: number;
  retransmittedBytes: number;
  /** Fire-and-forget messages that were sent and given up. */
  messagesLost: number;
  /** Fire-and-forget messages that arrived and were of no use. */
  messagesDropped: number;
}

/** What a stream needs of its session. */
export interface StreamHost {
  readonly nodeId: NodeId;
  readonly clock: Clock;
  readonly budget: ReassemblyBudget;
  readonly counters: StreamCounters;
  /** Memory for the first fragment of each stream. */
  readonly fragments: BytePool;
  /** Window that our side grants, in bytes. */
  readonly windowBytes: number;
  /** The largest message our side takes, in bytes. */
  readonly maxMessageBytes: number;
  /** The largest message the peer takes, in bytes. */
  readonly peerMaxMessageBytes: number;
  /** The stream has something to send; `newBytes` of it were queued just now. */
  wantsToSend(stream: StreamCore, newBytes: number): void;
  /** The stream's priority was `from` until now. */
  onPriority(stream: StreamCore, from: number): void;
  /** The stream has a new limit to announce. */
  wantsCredit(stream: StreamCore): void;
  /** The peer must hear of this, in whichever packet leaves next. */
  sendControl(frame: ControlFrame): void;
  /** The stream was reset here: tell the peer. */
  sendReset(stream: StreamCore, code: number, notStarted: boolean): void;
  /** The peer broke the protocol. */
  violated(reason: Violation): void;
  /** A callback of the application threw. */
  reportError(error: unknown): void;
  /** Both directions are over. */
  finished(stream: StreamCore): void;
}
