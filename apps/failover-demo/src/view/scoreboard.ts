import { assertNever } from "@selvage/core";

import type { Role } from "../roles.ts";
import type { TimedEvent } from "../story-event.ts";
import { type Narrated, narrate } from "./narration.ts";
import { Timeline } from "./timeline.ts";

/** Recent calls that rate and latency are taken from. */
const RECENT_CALLS = 256;
/** Time that the rate is taken over, in milliseconds. */
const RATE_MS = 1_000;

/** What is shown of a provider. */
export interface ProviderRow {
  where: string;
  node: string;
  state: string;
  isWell: boolean;
  answers: number;
}

/** A moment that is marked below the timeline. */
export interface Mark {
  readonly at: number;
  readonly label: string;
}

/** All that the live view shows, gathered from the events so far. */
export class Scoreboard {
  readonly rows: Readonly<Record<Role, ProviderRow>> = { primary: emptyRow(), standby: emptyRow() };
  readonly timeline: Timeline = new Timeline();
  readonly marks: Mark[] = [];
  readonly lines: { readonly at: number; readonly said: Narrated }[] = [];
  calls = 0;
  errors = 0;
  worstMs = 0;
  /** When calls began. */
  callsFrom: number | undefined;
  /** The latest sentence that a summary begins with. */
  summary = "";
  readonly #recent: { readonly at: number; readonly ms: number }[] = [];

  apply(event: TimedEvent): void {
    const said = narrate(event);
    if (said !== undefined) this.lines.push({ at: event.at, said });
    switch (event.type) {
      case "started": {
        const row = this.rows[event.role];
        row.where = event.pid === undefined ? "in process" : `pid ${event.pid}`;
        row.node = event.nodeId.slice(0, 8);
        this.#set(event.role, "serving", true);
        return;
      }
      case "call":
        this.#count(event);
        return;
      case "fault":
        this.#set("primary", { kill: "killed", freeze: "frozen", close: "leaving" }[event.fault]);
        this.marks.push({ at: event.at, label: event.fault });
        return;
      case "noticed":
        if (!this.rows.primary.isWell) this.#set("primary", event.what);
        return;
      case "switched":
        this.marks.push({ at: event.at, label: "standby" });
        return;
      case "returning":
        this.#set("primary", event.how, true);
        this.marks.push({ at: event.at, label: event.how });
        return;
      case "returned":
        this.#set("primary", "serving", true);
        return;
      case "discovered":
      case "first-call":
      case "steady":
      case "second-call":
      case "pinned-call":
      case "steady-ended":
      case "not-returned":
        // Nothing but a line of narration.
        return;
      default:
        assertNever(event);
    }
  }

  /** Calls per second, lately. */
  rate(now: number): number {
    const recent = this.#recent.filter(({ at }) => at > now - RATE_MS);
    const first = recent[0];
    if (first === undefined) return 0;
    // With many calls the list reaches back less than a second.
    const isFull = this.#recent.length === RECENT_CALLS && recent.length === RECENT_CALLS;
    return recent.length / ((isFull ? Math.max(1, now - first.at) : RATE_MS) / 1_000);
  }

  /** Median latency of recent calls, in milliseconds. */
  medianMs(): number {
    const sorted = this.#recent.map(({ ms }) => ms).toSorted((a, b) => a - b);
    return sorted[Math.floor(sorted.length / 2)] ?? 0;
  }

  #count({ at, result }: Extract<TimedEvent, { type: "call" }>): void {
    const ms = result.endedAt - result.startedAt;
    this.callsFrom ??= at;
    this.calls++;
    this.worstMs = Math.max(this.worstMs, ms);
    this.timeline.add(at, result.answeredBy);
    this.#recent.push({ at, ms });
    if (this.#recent.length > RECENT_CALLS) this.#recent.shift();
    if (result.answeredBy === undefined) this.errors++;
    else this.rows[result.answeredBy].answers++;
    this.summary = result.sentences[0] ?? this.summary;
  }

  #set(role: Role, state: string, isWell = false): void {
    this.rows[role].state = state;
    this.rows[role].isWell = isWell;
  }
}

function emptyRow(): ProviderRow {
  return { where: "", node: "", state: "starting", isWell: true, answers: 0 };
}
