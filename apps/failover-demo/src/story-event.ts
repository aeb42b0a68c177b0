import type { NodeId } from "@selvage/core";

import type { Fault } from "./providers/provider.ts";
import type { Role } from "./roles.ts";
import type { CallResult } from "./summarize-caller.ts";

/** One thing that happens in the story, for whoever shows it. */
export type StoryEvent =
  | {
      readonly type: "started";
      readonly role: Role;
      readonly nodeId: NodeId;
      readonly address: string;
      readonly pid: number | undefined;
    }
  | { readonly type: "discovered" }
  | { readonly type: "first-call"; readonly result: CallResult }
  | { readonly type: "steady"; readonly calls: number; readonly callers: number }
  | { readonly type: "call"; readonly result: CallResult }
  | { readonly type: "fault"; readonly fault: Fault }
  /** The caller's node sees the primary differently now. */
  | { readonly type: "noticed"; readonly what: string }
  | { readonly type: "switched"; readonly failoverMs: number }
  | { readonly type: "second-call"; readonly result: CallResult }
  | { readonly type: "pinned-call"; readonly result: CallResult }
  | { readonly type: "steady-ended"; readonly calls: number; readonly errors: number }
  | { readonly type: "returning"; readonly how: "thawed" | "restarted" }
  | { readonly type: "returned"; readonly afterMs: number }
  | { readonly type: "not-returned"; readonly afterMs: number };

/** A {@link StoryEvent} and when it happened, in milliseconds since the story began. */
export type TimedEvent = StoryEvent & { readonly at: number };
