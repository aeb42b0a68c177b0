import { AsyncLocalStorage } from "node:async_hooks";

import type { Clock } from "@selvage/core";

import { HANDLER_SLICE_MS } from "./defaults.ts";
import type { Stream } from "./stream/stream.ts";

/** Rounds without end of arriving datagrams after which a judgement is made all the same. */
const MAX_DRY_ROUNDS = 32;

/** What has something to say at the end of a turn. */
export interface Flushable {
  /** It is in the list already. */
  flushQueued: boolean;
  /** Says it; `ackNow`: acknowledgements are not to be held back. */
  flush(ackNow: boolean): void;
}

/**
 * Orders the work of one turn of the event loop: what arrived together is processed, acknowledged
 * and answered together, and handlers never keep the socket waiting for long.
 */
export class Turn {
  readonly #clock: Clock;
  readonly #startHandler: (stream: Stream) => void;
  /**
   * Runs code where this was made. Whoever sends something begins a turn, in an asynchronous context
   * of its own, and the handlers of that turn have nothing to do with it.
   */
  readonly #apart: <R>(fn: () => R) => R = AsyncLocalStorage.snapshot();
  #toFlush: Flushable[] = [];
  #incoming: Stream[] = [];
  #whenDry: (() => void)[] = [];
  #scheduled = false;
  #answering = false;
  #drying = false;
  #datagrams = 0;
  #held = false;

  constructor(clock: Clock, startHandler: (stream: Stream) => void) {
    this.#clock = clock;
    this.#startHandler = startHandler;
  }

  onDatagram(): void {
    this.#datagrams++;
  }

  wantsFlush(waiting: Flushable): void {
    if (waiting.flushQueued) return;
    waiting.flushQueued = true;
    this.#toFlush.push(waiting);
    this.#schedule();
  }

  /** A stream waits for its handler. */
  onIncoming(stream: Stream): void {
    this.#incoming.push(stream);
    this.#scheduleHandlers();
  }

  /** No handler starts before the socket was read dry: what waits there may cancel it. */
  holdHandlers(): void {
    if (this.#held) return;
    this.#held = true;
    this.afterSocketIsDry(() => {
      this.#held = false;
      if (this.#incoming.length > 0) this.#scheduleHandlers();
    });
  }

  /** Runs `fn` after a whole round of the event loop brought no datagram. */
  afterSocketIsDry(fn: () => void): void {
    this.#whenDry.push(fn);
    if (this.#drying) return;
    this.#drying = true;
    this.#clock.endOfTurn(() => this.#dryRound(this.#datagrams, 0));
  }

  #dryRound(seen: number, rounds: number): void {
    this.#clock.endOfTurn(() => {
      if (this.#datagrams !== seen && rounds < MAX_DRY_ROUNDS) {
        this.#dryRound(this.#datagrams, rounds + 1);
        return;
      }
      this.#drying = false;
      for (const fn of this.#whenDry.splice(0)) fn();
    });
  }

  #schedule(): void {
    if (this.#scheduled) return;
    this.#scheduled = true;
    this.#clock.endOfTurn(() => {
      this.#scheduled = false;
      this.#end();
    });
  }

  /**
   * Handlers mostly answer in microtasks of their own. These run before what else waits for the end
   * of this turn, so that a quick answer need not wait for the end of the next one.
   */
  #scheduleHandlers(): void {
    this.#schedule();
    if (this.#answering) return;
    this.#answering = true;
    this.#clock.endOfTurn(() => {
      this.#answering = false;
      this.#flush(false);
    });
  }

  /**
   * A batch of calls is acknowledged before its handlers start, or a busy node would look dead. A
   * lone call is not: its handler starts right away, and the answer carries the acknowledgement.
   */
  #end(): void {
    if (this.#held) {
      this.#flush(true);
      return;
    }
    if (this.#incoming.length > 1) this.#flush(true);
    if (this.#incoming.length > 0) this.#apart(() => this.#startHandlers());
    if (!this.#answering) this.#flush(false);
    if (this.#incoming.length > 0) this.#scheduleHandlers();
  }

  #startHandlers(): void {
    const until = this.#clock.now() + HANDLER_SLICE_MS;
    let started = 0;
    for (const stream of this.#incoming) {
      this.#startHandler(stream);
      started++;
      if (this.#clock.now() >= until) break;
    }
    this.#incoming.splice(0, started);
  }

  #flush(ackNow: boolean): void {
    const waiting = this.#toFlush;
    this.#toFlush = [];
    for (const one of waiting) {
      one.flushQueued = false;
      one.flush(ackNow);
    }
  }
}
