import type { NodeId } from "@selvage/core";

import type { Violation } from "../packet/protocol-violation.ts";
import type { ReassemblyBudget } from "./reassembly-budget.ts";
import type { Stream } from "./stream.ts";

/** What a stream needs of its session. */
export interface StreamHost {
  readonly nodeId: NodeId;
  readonly budget: ReassemblyBudget;
  /** Window that our side grants, in bytes. */
  readonly windowBytes: number;
  /** The largest message our side takes, in bytes. */
  readonly maxMessageBytes: number;
  /** The largest message the peer takes, in bytes. */
  readonly peerMaxMessageBytes: number;
  /** The stream has something to send; `newBytes` of it were queued just now. */
  wantsToSend(stream: Stream, newBytes: number): void;
  /** The stream has a new limit to announce. */
  wantsCredit(stream: Stream): void;
  /** The stream was reset here: tell the peer. */
  sendReset(stream: Stream, code: number, notStarted: boolean): void;
  /** The peer broke the protocol. */
  violated(reason: Violation): void;
  /** Both directions are over. */
  finished(stream: Stream): void;
}
