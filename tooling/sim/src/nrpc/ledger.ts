import type { CallEvent } from "@selvage/nrpc";

import type { CallSpec } from "./call-spec.ts";
import type { ServiceSetting } from "./setting.ts";

/** One process of a machine. */
export interface Life {
  readonly machine: string;
  readonly life: number;
}

/** How a call ended for its caller. */
export type CallEnd =
  /** All responses came, and the end behind them. */
  | { readonly type: "answer" }
  | { readonly type: "error"; readonly error: unknown }
  /** The caller lost interest, or left the responses. */
  | { readonly type: "cancelled" | "left" };

/** What a caller's requests went through. */
export interface SourceRecord {
  /** Requests handed out. */
  given: number;
  /** It was begun, and did not end, throw or hear that no more are wanted. */
  isOpen: boolean;
  /** It came to its end. */
  hasEnded: boolean;
  hasThrown: boolean;
}

/** One handler at work. */
export interface HandlerRun extends Life {
  readonly id: number;
  readonly call: CallRecord;
  readonly startedAt: number;
  /** What was left of the deadline when it started, as it was told. */
  readonly remainingMs: number;
  /** Requests that it has read. */
  read: number;
  /** The requests ended properly. */
  hasReadAll: boolean;
  /** Sizes of the responses that it gave. */
  readonly given: number[];
  /** What was wrong with its requests, if anything was. */
  wrong: string | undefined;
  /** When its signal was heard, and why. */
  abortedAt: number | undefined;
  /** When it ended, and how; processes that end take their handlers with them. */
  endedAt: number | undefined;
  end: "answered" | "application" | "threw" | "left" | undefined;
  readonly nested: CallRecord[];
}

/** Everything that is known of one call. */
export interface CallRecord {
  readonly id: number;
  readonly spec: CallSpec;
  readonly service: ServiceSetting;
  readonly caller: Life;
  /** The handler that makes it, if one does. */
  readonly parent: HandlerRun | undefined;
  readonly startedAt: number;
  readonly source: SourceRecord;
  readonly runs: HandlerRun[];
  /** How many responses came. */
  received: number;
  /** Who gave them. */
  answeredBy: HandlerRun | undefined;
  /** What was wrong with them, if anything was. */
  wrong: string | undefined;
  endedAt: number | undefined;
  end: CallEnd | undefined;
  /** Listeners that it left at the signals that it was given. */
  listeners: number;
  /** The caller's process went down before. */
  isOrphaned: boolean;
}

/** The books on all calls of a run, kept from outside: callers and handlers write into it. */
export class Ledger {
  readonly #now: () => number;
  readonly #records: CallRecord[] = [];
  readonly #runs: HandlerRun[] = [];
  /** Ends that were told, by the call that all began with. */
  readonly #events: Map<number, CallEvent[]> = new Map();

  constructor(now: () => number) {
    this.#now = now;
  }

  get records(): readonly CallRecord[] {
    return this.#records;
  }

  get runs(): readonly HandlerRun[] {
    return this.#runs;
  }

  record(id: number): CallRecord | undefined {
    return this.#records[id - 1];
  }

  run(id: number): HandlerRun | undefined {
    return this.#runs[id - 1];
  }

  /** The ends that were told of a call, and of those made for it. */
  events(root: CallRecord): readonly CallEvent[] {
    return this.#events.get(root.id) ?? [];
  }

  begin(
    spec: CallSpec,
    service: ServiceSetting,
    caller: Life,
    parent: HandlerRun | undefined,
  ): CallRecord {
    const record: CallRecord = {
      id: this.#records.length + 1,
      spec,
      service,
      caller,
      parent,
      startedAt: this.#now(),
      source: { given: 0, isOpen: false, hasEnded: false, hasThrown: false },
      runs: [],
      received: 0,
      answeredBy: undefined,
      listeners: 0,
      wrong: undefined,
      endedAt: undefined,
      end: undefined,
      isOrphaned: false,
    };
    this.#records.push(record);
    parent?.nested.push(record);
    return record;
  }

  end(record: CallRecord, end: CallEnd): void {
    record.endedAt = this.#now();
    record.end = end;
  }

  /** A handler starts to work on a call. */
  beginRun(call: CallRecord, { machine, life }: Life, remainingMs: number): HandlerRun {
    const run: HandlerRun = {
      id: this.#runs.length + 1,
      call,
      machine,
      life,
      startedAt: this.#now(),
      remainingMs,
      read: 0,
      hasReadAll: false,
      given: [],
      wrong: undefined,
      abortedAt: undefined,
      endedAt: undefined,
      end: undefined,
      nested: [],
    };
    this.#runs.push(run);
    call.runs.push(run);
    return run;
  }

  endRun(run: HandlerRun, end: NonNullable<HandlerRun["end"]>): void {
    if (run.end !== undefined) return;
    run.endedAt = this.#now();
    run.end = end;
  }

  /** A node told of the end of a call, which its trace names. */
  told(event: CallEvent): void {
    const root = Number.parseInt(event.traceparent?.slice(3, 35) ?? "0", 16);
    const known = this.#events.get(root);
    if (known === undefined) this.#events.set(root, [event]);
    else known.push(event);
  }

  /** A process went down, and what it had begun will never end. */
  died({ machine, life }: Life): void {
    for (const record of this.#records) {
      const { caller, end } = record;
      if (end === undefined && caller.machine === machine && caller.life === life) {
        record.isOrphaned = true;
      }
    }
  }
}

/** The call that all began with. */
export function rootOf(record: CallRecord): CallRecord {
  return record.parent === undefined ? record : rootOf(record.parent.call);
}

/** The trace of a call, by which it is recognised. */
export const traceparentOf = ({ id }: CallRecord): string =>
  `00-${id.toString(16).padStart(32, "0")}-0000000000000001-01`;

/** By when a call must have ended; at once, if the time of the handler that makes it is over. */
export function endsBy({ startedAt, spec, parent }: CallRecord): number {
  const own = startedAt + spec.deadlineMs;
  if (parent === undefined) return own;
  return Math.max(startedAt, Math.min(own, parent.startedAt + parent.remainingMs));
}
