import { deliveredOf } from "@selvage/core";
import type { Simulation } from "@selvage/testing";
import { isTransportError, type TransportError } from "@selvage/transport";

import type { Metrics } from "../metrics.ts";
import type { ViolationLog } from "../violations.ts";
import {
  describeStream,
  isOpen,
  LENGTH_BYTES,
  type Ledger,
  otherSide,
  type SideRecord,
  type StreamRecord,
} from "./ledger.ts";
import { faultOfLoose, faultOfReliable } from "./message-rules.ts";
import type { Rule } from "./rules.ts";
import type { Station } from "./station.ts";
import { SETTLED_MS } from "./times.ts";
import type { Truth } from "./truth.ts";

/** Codes from here on are the transport's own. */
const FIRST_RESERVED_CODE = 0xff00;

/** What the rules about streams need to know. */
export interface StreamRuleParts {
  readonly log: ViolationLog;
  readonly metrics: Metrics;
  readonly sim: Simulation;
  readonly ledger: Ledger;
  readonly stations: ReadonlyMap<string, Station>;
  readonly truth: Truth;
}

/** Judges every message when it is sent or taken, every failure when it shows, the rest at the end. */
export class StreamRules {
  readonly #parts: StreamRuleParts;

  constructor(parts: StreamRuleParts) {
    this.#parts = parts;
  }

  /** A handler read the first word of a stream. */
  onStarted(record: StreamRecord, where: string): void {
    record.starts.push(`${where} at ${this.#parts.sim.now}`);
    if (record.starts.length > 1) {
      this.#broke("started-twice", record, `was started by ${record.starts.join(", ")}`);
    }
  }

  /** The transport took a message for sending. */
  onAccepted(record: StreamRecord, side: SideRecord, length: number): void {
    if (record.plan.reliability === "reliable") this.#judgeCredit(record, side);
    side.noteAccepted(length);
  }

  /** The application took a message, or saw the end. */
  onTaken(record: StreamRecord, side: SideRecord, message: Uint8Array | undefined): void {
    const { metrics } = this.#parts;
    const sender = otherSide(record, side);
    const taking = { stream: record.key, side, sender, message };
    const isLoose = record.plan.reliability === "fire-and-forget";
    const fault = isLoose ? faultOfLoose(taking) : faultOfReliable(taking);
    if (fault !== undefined) this.#broke("wrong-message", record, fault);
    if (message === undefined) {
      side.noteEndSeen();
      return;
    }
    side.noteTaken(message.length);
    metrics.count(isLoose ? "datagrams" : "messages");
    metrics.count("bytes", message.length);
  }

  /** An end learned that the stream is over before its time. */
  onFailure(record: StreamRecord, side: SideRecord, error: unknown): void {
    const { metrics, sim } = this.#parts;
    // What failed one way fails the other way too: told once.
    if (side.failure !== undefined) return;
    side.noteFailure(error, sim.now);
    if (!isTransportError(error)) {
      this.#broke("crash", record, `failed with no error of the transport: ${String(error)}`);
      return;
    }
    metrics.count(`failures.${error.kind}`);
    if (error.kind === "stream-reset") this.#judgeReset(record, side, error);
    else if (isLoss(error) && this.#hadNoReason(record)) {
      this.#broke("false-loss", record, "was lost for no reason");
    }
  }

  /** What can only be said when everything is over: work may start late. */
  judge(): void {
    for (const record of this.#parts.ledger.records) {
      if (isOpen(record)) this.#broke("no-end", record, "does not end");
      this.#judgeNever(record);
    }
  }

  /** What was lost of a fire-and-forget stream nobody knows: this is about the others. */
  #judgeCredit(record: StreamRecord, side: SideRecord): void {
    const other = otherSide(record, side);
    const receiver = this.#parts.stations.get(other?.machine ?? record.to);
    const room = Math.max(
      receiver?.setting.limits.streamWindowBytes ?? 0,
      // A message that does not fit is granted as a whole, once all before it was taken.
      LENGTH_BYTES + (side.accepted[other?.taken ?? 0] ?? 0),
    );
    const unread = side.acceptedBytes - (other?.takenBytes ?? 0);
    if (unread >= room) {
      const text = `took a message of the ${side.name} with ${unread} of ${room} bytes unread`;
      this.#broke("credit", record, text);
    }
  }

  #judgeReset(record: StreamRecord, side: SideRecord, error: TransportError): void {
    const { code, notStarted } = error;
    if (code === undefined || code >= FIRST_RESERVED_CODE) return;
    const resets = [side, otherSide(record, side)].map((end) => end?.ownReset);
    if (resets.some((own) => own?.code === code && own.notStarted === notStarted)) return;
    this.#broke("false-reset", record, `was reset with ${code} by nobody`);
  }

  #judgeNever(record: StreamRecord): void {
    const { opener, handler, starts } = record;
    if (starts.length === 0 || opener.failure === undefined) return;
    // A handler that vouches for not having begun is believed.
    if (handler?.ownReset?.notStarted === true) return;
    if (deliveredOf(opener.failure.error) !== "never") return;
    this.#broke("false-never", record, `was started by ${starts.join(", ")}`);
  }

  /** Both ends had been well and in reach of each other for long when it was opened, and still are. */
  #hadNoReason({ opener, to, openedAt, isBelated }: StreamRecord): boolean {
    const since = this.#parts.truth.togetherSince(opener.machine, to);
    return !isBelated && since !== undefined && since <= openedAt - SETTLED_MS;
  }

  #broke(rule: Rule, record: StreamRecord, text: string): void {
    this.#parts.log.add(rule, `${describeStream(record)} ${text}`);
  }
}

const isLoss = ({ kind }: TransportError): boolean =>
  kind === "session-lost" || kind === "peer-failed";
