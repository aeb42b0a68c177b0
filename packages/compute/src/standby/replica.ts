import { type Clock, type Deferred, deferred, type Logger } from "@selvage/core";

import type { Term } from "../daemon/term.ts";
import {
  DEFAULT_STORE_RETRY_MS,
  MAX_STORE_BATCH_BYTES,
  MAX_STORE_BATCH_EVENTS,
  MAX_STORE_RETRY_MS,
} from "../defaults.ts";
import { ComputeError, isComputeError } from "../errors.ts";
import type { MemberState } from "./member-state.ts";
import type {
  HeldAnswer,
  InstallMessage,
  InstanceId,
  MemberPlace,
  StoreMessage,
  CheckpointMessage,
} from "./standby-messages.ts";
import type { StandbyConfig } from "./standby-settings.ts";

/** How an active reaches one standby. */
export interface ReplicaLink {
  install(message: InstallMessage, deadlineMs: number): Promise<HeldAnswer>;
  store(message: StoreMessage, deadlineMs: number): Promise<HeldAnswer>;
  checkpoint(message: CheckpointMessage, deadlineMs: number): Promise<HeldAnswer>;
}

/** What a {@link Replica} works with. */
export interface ReplicaParts {
  readonly place: MemberPlace;
  readonly link: ReplicaLink;
  readonly state: MemberState;
  readonly config: StandbyConfig;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly nextSession: () => number;
  /** It holds more, or does not keep up any more. */
  readonly onChange: () => void;
  /** It has heard of a later term. */
  readonly onStale: (term: Term) => void;
}

/** How far a standby is. */
export type ReplicaPhase =
  /** Not counted on. */
  | "apart"
  /** Becoming a copy: from now on, events wait for it. */
  | "joining"
  /** Holds everything that is committed. */
  | "in-sync";

/** A own stall of more than this, in milliseconds, and not the standby may be to blame. */
const STALL_MS = 50;

/**
 * An active's view of one standby: makes it a copy, then sends it what comes. One call is under way at
 * a time; what comes meanwhile goes with the next one, so that a busy group sends few and large ones.
 */
export class Replica {
  readonly place: MemberPlace;
  readonly #parts: ReplicaParts;
  #phase: ReplicaPhase = "apart";
  #instance: string | undefined;
  /** Which copy it is; `undefined`: none. */
  #session: number | undefined;
  #held = 0;
  #base = 0;
  #baseBytes = 0;
  #waitingSince: number | undefined;
  /** One after the other. */
  #failures = 0;
  #isClosed = false;
  #wake: Deferred<void> = deferred();

  constructor(parts: ReplicaParts, instance: string | undefined) {
    this.place = parts.place;
    this.#parts = parts;
    this.#instance = instance;
  }

  start(): void {
    void this.#run();
  }

  get phase(): ReplicaPhase {
    return this.#phase;
  }

  /** Which instance it is; `undefined` before it answered. */
  get id(): InstanceId | undefined {
    if (this.#instance === undefined) return undefined;
    const { slot, incarnation } = this.place;
    return { slot, incarnation, instance: this.#instance };
  }

  /** The last entry that it certainly holds; -1 as long as it is no copy. */
  get held(): number {
    return this.#session === undefined ? -1 : this.#held;
  }

  /** What it keeps unapplied. */
  get backlog(): { readonly events: number; readonly bytes: number } {
    const { last, appendedBytes } = this.#parts.state;
    if (this.#phase === "apart") return { events: 0, bytes: 0 };
    return { events: last - this.#base, bytes: appendedBytes - this.#baseBytes };
  }

  /** There is something to send. */
  kick(): void {
    this.#wake.resolve();
  }

  /** It holds everything that it should. */
  enter(): void {
    this.#phase = "in-sync";
  }

  /**
   * Gives it a state that contains entries it holds, so that it need not keep them. `bytes` is how much
   * had been appended by then.
   *
   * @throws {@link ComputeError} of the standby, or `out-of-step` if it is no copy.
   */
  async checkpoint(snapshot: Uint8Array, through: number, bytes: number): Promise<void> {
    const session = this.#session;
    if (session === undefined || this.#held < through) {
      throw new ComputeError(
        "out-of-step",
        `slot ${this.place.slot} is no copy through ${through}`,
      );
    }
    const { link, config } = this.#parts;
    try {
      await link.checkpoint({ session, through, snapshot }, config.installTimeoutMs);
      if (this.#session !== session || through < this.#base) return;
      this.#base = through;
      this.#baseBytes = bytes;
    } catch (error) {
      if (this.#session === session && !isTransient(error)) this.#drop();
      throw error;
    }
  }

  close(): void {
    this.#isClosed = true;
    this.#wake.resolve();
  }

  async #run(): Promise<void> {
    const { clock } = this.#parts;
    while (!this.#isClosed) {
      try {
        if (this.#session === undefined) await this.#install();
        else if (this.#held < this.#parts.state.last) await this.#store();
        else await this.#idle();
      } catch (error) {
        if (this.#isClosed) return;
        this.#fail(error);
        await clock.sleep(
          Math.min(DEFAULT_STORE_RETRY_MS * 2 ** this.#failures, MAX_STORE_RETRY_MS),
        );
        this.#failures++;
      }
    }
  }

  async #idle(): Promise<void> {
    this.#waitingSince = undefined;
    this.#wake = deferred();
    await this.#wake.promise;
  }

  async #install(): Promise<void> {
    const { link, state, config, nextSession } = this.#parts;
    const session = nextSession();
    const through = state.last;
    const bytes = state.appendedBytes;
    const answer = await link.install(
      {
        session,
        through,
        committed: state.committed,
        settled: state.settled,
        history: state.history,
        entries: state.log.after(state.settled),
        snapshot: state.snapshot(),
      },
      config.installTimeoutMs,
    );
    if (this.#isClosed) return;
    this.#instance = answer.instance;
    this.#session = session;
    this.#base = through;
    this.#baseBytes = bytes;
    this.#held = through;
    this.#count();
  }

  async #store(): Promise<void> {
    const { link, state, clock, config } = this.#parts;
    const session = this.#session;
    if (session === undefined) return;
    if (state.log.first > this.#held + 1) throw new ComputeError("out-of-step", "too far behind");
    this.#waitingSince ??= clock.now();
    const left = this.#waitingSince + config.storeTimeoutMs - clock.now();
    const entries = state.log.batch(this.#held, MAX_STORE_BATCH_EVENTS, MAX_STORE_BATCH_BYTES);
    const { committed, settled } = state;
    const answer = await link.store(
      { session, committed, settled, entries },
      this.#phase === "apart" ? config.storeTimeoutMs : Math.max(1, left),
    );
    if (this.#isClosed || this.#session !== session) return;
    const last = entries.at(-1)?.index ?? this.#held;
    this.#held = Math.max(this.#held, Math.min(answer.through, last));
    this.#waitingSince = undefined;
    this.#count();
  }

  /** From now on, events wait for it. */
  #count(): void {
    this.#failures = 0;
    if (this.#phase === "apart") this.#phase = "joining";
    this.#parts.onChange();
  }

  #fail(error: unknown): void {
    const { clock, config, logger, onChange, onStale, state } = this.#parts;
    logger.debug("a standby failed", { slot: this.place.slot, error });
    if (isComputeError(error, "stale-term") && error.seen !== undefined) onStale(error.seen.term);
    if (this.#isClosed) return;
    if (!isTransient(error)) {
      this.#drop();
      return;
    }
    if (this.#phase === "apart" || this.#session === undefined) return;
    const late = clock.now() - ((this.#waitingSince ?? clock.now()) + config.storeTimeoutMs);
    if (late < 0 || this.#held >= state.last) return;
    if (late > STALL_MS) {
      this.#waitingSince = clock.now();
      return;
    }
    this.#phase = "apart";
    onChange();
  }

  /** It is no copy any more. */
  #drop(): void {
    this.#session = undefined;
    this.#waitingSince = undefined;
    this.#phase = "apart";
    this.#parts.onChange();
  }
}

/** It may be better the next time, with the same. */
function isTransient(error: unknown): boolean {
  return isComputeError(error, "timeout") || isComputeError(error, "host-unreachable");
}
