import { assertNever } from "@selvage/core";

import type { Fault } from "../providers/provider.ts";
import { roundMs } from "../report.ts";
import type { TimedEvent } from "../story-event.ts";
import type { CallResult } from "../summarize-caller.ts";
import type { Style } from "./paint.ts";

/** One line of the story. */
export interface Narrated {
  readonly text: string;
  readonly style: Style | undefined;
}

const FAULT_TEXT: Readonly<Record<Fault, string>> = {
  kill: "the primary is killed",
  freeze: "the primary is frozen",
  close: "the primary is asked to leave",
};

/** Says what happened; `undefined` for what would only be noise. */
export function narrate(event: TimedEvent): Narrated | undefined {
  switch (event.type) {
    case "started": {
      const where = event.pid === undefined ? "in this process" : `pid ${event.pid}`;
      const node = event.nodeId.slice(0, 8);
      return say(`${event.role} serves at ${event.address} (${where}, node ${node})`);
    }
    case "discovered":
      return say("the caller has discovered both");
    case "first-call":
      return say(`first call: ${outcome(event.result)}`);
    case "steady":
      return say(`${event.calls} calls by ${event.callers} callers`);
    case "call":
      return undefined;
    case "fault":
      return say(`fault: ${FAULT_TEXT[event.fault]}`, "red");
    case "noticed":
      return say(`the caller's node sees the primary ${event.what}`, "yellow");
    case "switched":
      return say(`the standby took over ${roundMs(event.failoverMs)} ms after the fault`, "green");
    case "second-call":
      return say(`second call: ${outcome(event.result)}`);
    case "pinned-call":
      return say(`call pinned to the primary's node id: ${outcome(event.result)}`);
    case "steady-ended":
      return say(`${event.calls} calls made, ${event.errors} failed`);
    case "returning":
      return say(`the primary is ${event.how}`);
    case "returned":
      return say(`the primary is used again after ${roundMs(event.afterMs)} ms`, "green");
    case "not-returned":
      return say(`the primary was not used again within ${roundMs(event.afterMs)} ms`, "red");
    default:
      return assertNever(event);
  }
}

const say = (text: string, style?: Style): Narrated => ({ text, style });

function outcome({ answeredBy, failure, startedAt, endedAt }: CallResult): string {
  const ms = roundMs(endedAt - startedAt);
  return answeredBy === undefined
    ? `failed with ${failure ?? "nothing"} after ${ms} ms`
    : `answered by the ${answeredBy} in ${ms} ms`;
}
