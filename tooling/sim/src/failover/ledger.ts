/** The services of the scenario: one may run twice, the other must not. */
export type ServiceName = "safe" | "unsafe";

/** What the caller wants of one call. */
export interface CallSpec {
  readonly id: number;
  readonly service: ServiceName;
  readonly retry: boolean;
  readonly hedge: boolean;
  /** The machine that a pinned call is for. */
  readonly pinnedTo: string | undefined;
  readonly deadlineMs: number;
  /** When the caller loses interest. */
  readonly cancelAfterMs: number | undefined;
  readonly payload: string;
  /** How long the handler works. */
  readonly workMs: number;
  /** The handler gives up when its signal says so. */
  readonly heedsSignal: boolean;
  /** Bytes of padding in the answer. */
  readonly answerBytes: number;
}

/** How a call ended for its caller. */
export type CallEnd =
  | { readonly type: "answer"; readonly answer: unknown }
  | { readonly type: "error"; readonly error: unknown }
  | { readonly type: "cancelled" };

/** A handler that began to work on a call. */
export interface HandlerStart {
  readonly machine: string;
  readonly life: number;
  readonly atMs: number;
}

/** Everything that is known of one call. */
export interface CallRecord {
  readonly spec: CallSpec;
  readonly startedAt: number;
  readonly starts: HandlerStart[];
  endedAt: number | undefined;
  end: CallEnd | undefined;
}

/** The books on all calls of a run, kept from outside: callers and handlers write into it. */
export class Ledger {
  readonly #now: () => number;
  readonly #records: Map<number, CallRecord> = new Map();

  constructor(now: () => number) {
    this.#now = now;
  }

  get records(): Iterable<CallRecord> {
    return this.#records.values();
  }

  begin(spec: CallSpec): CallRecord {
    const startedAt = this.#now();
    const record: CallRecord = { spec, startedAt, starts: [], endedAt: undefined, end: undefined };
    this.#records.set(spec.id, record);
    return record;
  }

  end(record: CallRecord, end: CallEnd): void {
    record.endedAt = this.#now();
    record.end = end;
  }

  /** A handler started to work on a call. */
  handlerStarted(id: number, machine: string, life: number): void {
    this.#records.get(id)?.starts.push({ machine, life, atMs: this.#now() });
  }
}
