import { fromHex, toHex } from "@selvage/core";
import type { OriginHash } from "@selvage/identity";

import {
  CAUSAL_LINK_BYTES,
  type CausalEvent,
  readLink,
  writeLinkTo,
} from "../causal/causal-link.ts";
import {
  MAX_FRAME_BYTES,
  MAX_OUTCOMES_PER_PRODUCER,
  MAX_OUTPUTS,
  MAX_PRODUCERS,
} from "../defaults.ts";
import { ComputeError } from "../errors.ts";
import type { ByteReader } from "../wire/byte-reader.ts";
import type { ByteWriter } from "../wire/byte-writer.ts";
import type { DaemonEvent } from "./daemon-event.ts";
import type { Outcome } from "./delivery.ts";
import {
  OUTCOME_BYTES,
  OutcomeList,
  type RememberedOutcome,
  type RememberedProducer,
} from "./outcome-list.ts";

/** What a {@link ProducerTable} may hold. */
export interface ProducerTableConfig {
  readonly maxProducers: number;
  readonly maxOutcomesPerProducer: number;
  readonly maxOutcomeBytes: number;
}

/** Figures of what a host remembers of producers. */
export interface ProducerTableStats {
  readonly producers: number;
  readonly outcomes: number;
  readonly outcomeBytes: number;
  /** Producers forgotten so far; their events are refused since. */
  readonly expiredProducers: number;
  /** Outcomes forgotten so far, but for those of expired producers. */
  readonly expiredOutcomes: number;
}

/** Which event it is, whatever its content. */
export type EventIdentity = Pick<DaemonEvent, "producer" | "incarnation" | "sequence">;

const ORIGIN_HASH_BYTES = 16;
/** Identity, incarnation, floor and count of outcomes. */
const PRODUCER_BYTES = 36;
/** A floor of a bucket: its number and the incarnation. */
const FLOOR_BYTES = 9;
/** By the first byte of a producer's id. */
const BUCKETS = 256;

/**
 * Which events were applied, and what came of the latest of them, so that no event is applied twice.
 * Bounded three times; what is forgotten is refused for ever:
 *
 * - An outcome that is dropped raises the floor of its producer: numbers up to there are refused, but
 *   for those still known.
 * - A producer that is dropped raises the floor of its bucket: unknown producers there must have been
 *   started later. Buckets keep a producer with a wrong clock from shutting everybody out.
 */
export class ProducerTable {
  readonly #config: ProducerTableConfig;
  /** The one heard longest ago comes first. */
  readonly #producers = new Map<OriginHash, RememberedProducer>();
  readonly #outcomes = new OutcomeList();
  /** Incarnations through which unknown producers are refused, by bucket. */
  readonly #floors = new Map<number, number>();
  #expiredProducers = 0;
  #expiredOutcomes = 0;

  constructor(config: ProducerTableConfig) {
    this.#config = config;
  }

  /**
   * What came of an event if it was applied; `undefined` if it certainly was not.
   *
   * @throws {@link ComputeError} with kind `producer-expired` or `outcome-expired` if nobody knows,
   * `stale-incarnation` if a newer run of the producer was heard.
   */
  find({ producer: originHash, incarnation, sequence }: EventIdentity): Outcome | undefined {
    const producer = this.#producers.get(originHash);
    if (producer === undefined) {
      const floor = this.#floors.get(bucketOf(originHash)) ?? -1;
      if (incarnation > floor) return undefined;
      throw new ComputeError(
        "producer-expired",
        `producer ${originHash} is not known, and incarnations through ${floor} were forgotten`,
      );
    }
    if (incarnation !== producer.incarnation) {
      if (incarnation > producer.incarnation) return undefined;
      throw new ComputeError(
        "stale-incarnation",
        `incarnation ${incarnation} of producer ${originHash} was followed by ${producer.incarnation}`,
      );
    }
    const entry = producer.outcomes.get(sequence);
    if (entry !== undefined || sequence > producer.floor) return entry?.outcome;
    throw new ComputeError(
      "outcome-expired",
      `events of producer ${originHash} through ${producer.floor} were forgotten, ${sequence} among them`,
    );
  }

  /** Notes that an event was applied, for which {@link find} gave `undefined`. */
  record({ producer: originHash, incarnation, sequence }: EventIdentity, outcome: Outcome): void {
    const producer = this.#touch(originHash, incarnation);
    this.#add(producer, sequence, outcome);
    this.#trim();
  }

  stats(): ProducerTableStats {
    return {
      producers: this.#producers.size,
      outcomes: this.#outcomes.size,
      outcomeBytes: this.#outcomes.bytes,
      expiredProducers: this.#expiredProducers,
      expiredOutcomes: this.#expiredOutcomes,
    };
  }

  /** How many bytes {@link encode} writes. */
  get encodedBytes(): number {
    const tables = 8 + this.#floors.size * FLOOR_BYTES + this.#producers.size * PRODUCER_BYTES;
    return tables + this.#outcomes.bytes;
  }

  /** Writes all of it. */
  encode(writer: ByteWriter): void {
    writer.u32(this.#floors.size);
    for (const [bucket, floor] of this.#floors) writer.u8(bucket).count(floor);
    writer.u32(this.#producers.size);
    for (const { originHash, incarnation, floor, outcomes } of this.#producers.values()) {
      writer.bytes(fromHex(originHash)).count(incarnation).count(floor).u32(outcomes.size);
      for (const { sequence, outcome } of outcomes.values()) {
        const { index, outputs } = outcome;
        writer.count(sequence).count(index).u32(outputs.length);
        for (const { link, payload } of outputs) writeLinkTo(writer, link).sized(payload);
      }
    }
  }

  /**
   * Reads what {@link encode} wrote, and lets go of what the configuration has no room for.
   *
   * @param lastIndex The highest index that an outcome may have.
   * @throws {@link ComputeError} of the reader's kind.
   */
  static decode(reader: ByteReader, lastIndex: number, config: ProducerTableConfig): ProducerTable {
    const table = new ProducerTable(config);
    const floors = reader.items("floors", BUCKETS, FLOOR_BYTES);
    for (let i = 0; i < floors; i++) table.#floors.set(reader.u8(), reader.count("floor"));
    if (table.#floors.size !== floors) reader.fail("inconsistent", "a floor comes twice");
    const producers = reader.items("producers", MAX_PRODUCERS, PRODUCER_BYTES);
    const found: { producer: RememberedProducer; sequence: number; outcome: Outcome }[] = [];
    for (let i = 0; i < producers; i++) {
      const originHash = toHex(reader.bytes(ORIGIN_HASH_BYTES)) as OriginHash;
      const producer = table.#touch(originHash, reader.count("incarnation"));
      producer.floor = reader.count("floor");
      const outcomes = reader.items("outcomes", MAX_OUTCOMES_PER_PRODUCER, OUTCOME_BYTES);
      for (let n = 0; n < outcomes; n++) {
        const sequence = reader.count("sequence");
        found.push({ producer, sequence, outcome: readOutcome(reader, lastIndex) });
      }
    }
    if (table.#producers.size !== producers) reader.fail("inconsistent", "a producer comes twice");
    // Eviction goes by the order of application, which is over all producers.
    found.sort((a, b) => a.outcome.index - b.outcome.index);
    let previous = 0;
    for (const { producer, sequence, outcome } of found) {
      if (producer.outcomes.has(sequence) || outcome.index === previous) {
        reader.fail("inconsistent", `index ${outcome.index} or sequence ${sequence} comes twice`);
      }
      previous = outcome.index;
      table.#add(producer, sequence, outcome);
    }
    table.#trim();
    return table;
  }

  /** The entry of a producer, moved to the end; a new one for a new incarnation. */
  #touch(originHash: OriginHash, incarnation: number): RememberedProducer {
    let producer = this.#producers.get(originHash);
    if (producer !== undefined && producer.incarnation !== incarnation) {
      this.#drop(producer);
      producer = undefined;
    }
    producer ??= {
      originHash,
      incarnation,
      floor: 0,
      outcomes: new Map(),
      oldest: undefined,
      newest: undefined,
    };
    this.#producers.delete(originHash);
    this.#producers.set(originHash, producer);
    return producer;
  }

  #add(producer: RememberedProducer, sequence: number, outcome: Outcome): void {
    const entry = this.#outcomes.append(producer, sequence, outcome);
    if (producer.newest === undefined) producer.oldest = entry;
    else producer.newest.nextOfProducer = entry;
    producer.newest = entry;
    producer.outcomes.set(sequence, entry);
    if (producer.outcomes.size > this.#config.maxOutcomesPerProducer) this.#forget(producer.oldest);
  }

  #trim(): void {
    // Looked at first: iterators are dear.
    if (this.#producers.size > this.#config.maxProducers) this.#trimProducers();
    while (this.#outcomes.bytes > this.#config.maxOutcomeBytes) this.#forget(this.#outcomes.oldest);
  }

  #trimProducers(): void {
    for (const producer of this.#producers.values()) {
      if (this.#producers.size <= this.#config.maxProducers) break;
      const bucket = bucketOf(producer.originHash);
      const floor = this.#floors.get(bucket) ?? -1;
      this.#floors.set(bucket, Math.max(floor, producer.incarnation));
      this.#drop(producer);
      this.#producers.delete(producer.originHash);
      this.#expiredProducers++;
    }
  }

  /** Forgets the oldest outcome of a producer; the oldest of all is that of its producer, too. */
  #forget(entry: RememberedOutcome | undefined): void {
    if (entry === undefined) return;
    const { producer, sequence, nextOfProducer } = entry;
    producer.outcomes.delete(sequence);
    producer.floor = Math.max(producer.floor, sequence);
    producer.oldest = nextOfProducer;
    if (nextOfProducer === undefined) producer.newest = undefined;
    this.#outcomes.remove(entry);
    this.#expiredOutcomes++;
  }

  #drop(producer: RememberedProducer): void {
    for (const entry of producer.outcomes.values()) this.#outcomes.remove(entry);
  }
}

function readOutcome(reader: ByteReader, lastIndex: number): Outcome {
  const index = reader.count("index");
  if (index < 1 || index > lastIndex) {
    reader.fail("inconsistent", `an outcome has index ${index}, the last one is ${lastIndex}`);
  }
  const outputs: CausalEvent[] = [];
  const count = reader.items("outputs", MAX_OUTPUTS, CAUSAL_LINK_BYTES + 4);
  for (let i = 0; i < count; i++) {
    const link = readLink(reader);
    outputs.push({ link, payload: reader.sized("payload", MAX_FRAME_BYTES).slice() });
  }
  return { index, outputs };
}

function bucketOf(originHash: OriginHash): number {
  return Number.parseInt(originHash.slice(0, 2), 16);
}
