import { deferred, type Deferred } from "@selvage/core";
import type { SimNode } from "@selvage/testing";

import type { SideName } from "./payload.ts";
import type { StreamPlan } from "./stream-plan.ts";

/** Every message is preceded by its length, in so many bytes. */
export const LENGTH_BYTES = 4;
/** The opener's half begins with the protocol number. */
const PROTOCOL_BYTES = 2;

/** What one end of a stream did and saw, kept from outside. */
export class SideRecord {
  readonly name: SideName;
  /** The machine and the life of it. */
  readonly machine: string;
  readonly node: SimNode;
  /** Lengths of the messages that were accepted for sending. */
  readonly accepted: number[] = [];
  acceptedBytes: number;
  hasEnded = false;
  /** How many messages of the other end were taken. */
  taken = 0;
  takenBytes: number;
  /** Which ones, where the order does not tell. */
  readonly seen: Set<number> = new Set();
  sawEnd = false;
  ownReset: { readonly code: number; readonly notStarted: boolean } | undefined;
  failure: { readonly error: unknown; readonly atMs: number } | undefined;
  #waiting: { readonly until: () => boolean; readonly done: Deferred<void> } | undefined;

  constructor(name: SideName, machine: string, node: SimNode) {
    this.name = name;
    this.machine = machine;
    this.node = node;
    this.acceptedBytes = name === "opener" ? PROTOCOL_BYTES : 0;
    this.takenBytes = name === "opener" ? 0 : PROTOCOL_BYTES;
  }

  /** It has nothing more to say and to hear, or failed. */
  get isOver(): boolean {
    return this.failure !== undefined || (this.hasEnded && this.sawEnd);
  }

  /** Nobody can expect anything of a process that was killed. */
  get isDead(): boolean {
    return this.node.state === "killed";
  }

  noteAccepted(length: number): void {
    this.accepted.push(length);
    this.acceptedBytes += LENGTH_BYTES + length;
  }

  noteTaken(length: number): void {
    this.taken++;
    this.takenBytes += LENGTH_BYTES + length;
    this.#wake();
  }

  noteEndSeen(): void {
    this.sawEnd = true;
    this.#wake();
  }

  noteFailure(error: unknown, atMs: number): void {
    this.failure ??= { error, atMs };
    this.#wake();
  }

  /** Waits until so many messages were taken, or no further one comes. */
  async untilTaken(count: number): Promise<void> {
    const until = (): boolean => this.taken >= count || this.sawEnd || this.failure !== undefined;
    if (until()) return;
    const done = deferred<void>();
    this.#waiting = { until, done };
    await done.promise;
  }

  #wake(): void {
    if (this.#waiting?.until() === true) this.#waiting.done.resolve();
  }
}

/** Everything that is known of one stream. */
export interface StreamRecord {
  /** Of no other stream of the run. */
  readonly key: number;
  readonly plan: StreamPlan;
  readonly openedAt: number;
  readonly to: string;
  /** One end did not know yet that the other was restarted, or had let it go. */
  readonly isBelated: boolean;
  readonly opener: SideRecord;
  /** Once a handler has heard the first word. */
  handler: SideRecord | undefined;
  /** Where and when handlers started to work on it. */
  readonly starts: string[];
}

/** The books on all streams of a run. */
export class Ledger {
  readonly #records: Map<number, StreamRecord> = new Map();

  get records(): Iterable<StreamRecord> {
    return this.#records.values();
  }

  get size(): number {
    return this.#records.size;
  }

  get(key: number): StreamRecord | undefined {
    return this.#records.get(key);
  }

  /** A stream was opened. */
  add(stream: Omit<StreamRecord, "key" | "handler" | "starts">): StreamRecord {
    const key = this.#records.size + 1;
    const record: StreamRecord = { ...stream, key, handler: undefined, starts: [] };
    this.#records.set(key, record);
    return record;
  }
}

/** The end of a stream that hears what `side` says. */
export const otherSide = (record: StreamRecord, side: SideRecord): SideRecord | undefined =>
  side === record.opener ? record.handler : record.opener;

/** Streams of which an end that is still alive waits for something. */
export const isOpen = ({ opener, handler }: StreamRecord): boolean =>
  [opener, handler].some((side) => side !== undefined && !side.isOver && !side.isDead);

/** A stream in a few words. */
export function describeStream({ key, plan, opener, handler, to }: StreamRecord): string {
  const sides = [opener, ...(handler === undefined ? [] : [handler])].map(describeSide);
  return `stream ${key} (${plan.kind}, ${opener.machine} to ${to}; ${sides.join("; ")})`;
}

function describeSide(side: SideRecord): string {
  const { name, machine, node, accepted, hasEnded, taken, sawEnd, ownReset, failure } = side;
  const words = [
    `${name} at ${machine}/${node.incarnation}`,
    `sent ${accepted.length}${hasEnded ? " and ended" : ""}`,
    `took ${taken}${sawEnd ? " to the end" : ""}`,
  ];
  if (ownReset !== undefined) words.push(`reset it with ${ownReset.code}`);
  if (failure !== undefined) words.push(`failed at ${failure.atMs} with ${String(failure.error)}`);
  if (side.isDead) words.push("died");
  return words.join(", ");
}
