import type { OriginHash } from "@selvage/identity";

import { DEFAULT_MAX_LOG_EVENTS } from "../defaults.ts";
import { ComputeError } from "../errors.ts";
import type { CausalEvent } from "./causal-link.ts";
import { originTag } from "./origin-tag.ts";
import { badLink, verifyAnchor, verifyLink, type VerifyOptions } from "./verify.ts";

/** Configuration of an {@link EntityLog}. */
export interface EntityLogConfig extends VerifyOptions {
  /** Events held at once; default {@link DEFAULT_MAX_LOG_EVENTS}. */
  readonly maxEvents?: number | undefined;
}

/**
 * The verified events of one origin, in order. An event that does not continue the log is refused
 * and changes nothing.
 */
export class EntityLog {
  readonly originHash: OriginHash;
  readonly #options: VerifyOptions;
  readonly #maxEvents: number;
  #events: CausalEvent[] = [];
  /** What comes before the first event held, once something was pruned. */
  #base: CausalEvent | undefined;

  constructor(
    originHash: OriginHash,
    { maxEvents = DEFAULT_MAX_LOG_EVENTS, sentinels }: EntityLogConfig = {},
  ) {
    this.originHash = originHash;
    this.#maxEvents = maxEvents;
    this.#options = { sentinels };
  }

  /** How many events are held. */
  get length(): number {
    return this.#events.length;
  }

  /** The last event, also if it was pruned. */
  get head(): CausalEvent | undefined {
    return this.#events.at(-1) ?? this.#base;
  }

  /** The sequence through which events were pruned; `undefined` before. */
  get prunedThrough(): number | undefined {
    return this.#base?.link.sequence;
  }

  /**
   * Adds the next event. It is kept as it is, not copied.
   *
   * @throws {@link ComputeError} with kind `bad-link` for one that is forged, foreign, out of order or
   * there already, `buffer-full` at the bound.
   */
  append(event: CausalEvent): void {
    const { link } = event;
    if (link.origin !== originTag(this.originHash)) {
      throw badLink("origin", `the log is of ${this.originHash}, the link of ${link.origin}`);
    }
    const head = this.head;
    if (head === undefined) {
      verifyAnchor(event);
    } else {
      if (link.sequence <= head.link.sequence) {
        throw badLink("duplicate", `sequence ${link.sequence} is there already`);
      }
      verifyLink(head, link, this.#options);
    }
    if (this.#events.length >= this.#maxEvents) {
      throw new ComputeError("buffer-full", `the log holds its ${this.#maxEvents} events`);
    }
    this.#events.push(event);
  }

  /** The events from one sequence to another, both included. */
  range(from: number, to: number): readonly CausalEvent[] {
    return this.#events.filter(({ link }) => link.sequence >= from && link.sequence <= to);
  }

  /** The events after a sequence. */
  after(sequence: number): readonly CausalEvent[] {
    return this.range(sequence + 1, Number.MAX_SAFE_INTEGER);
  }

  /**
   * Lets go of the events through a sequence; returns how many. The last of them is remembered, so
   * that the next event is still checked against it.
   */
  pruneThrough(sequence: number): number {
    const kept = this.#events.findIndex(({ link }) => link.sequence > sequence);
    const pruned = kept < 0 ? this.#events.length : kept;
    if (pruned === 0) return 0;
    this.#base = this.#events[pruned - 1];
    this.#events = this.#events.slice(pruned);
    return pruned;
  }
}
