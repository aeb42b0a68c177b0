import { type Clock, type Deferred, deferred, type Logger, type Timer } from "@selvage/core";

import type { DaemonEvent } from "../daemon/daemon-event.ts";
import type { Delivery } from "../daemon/delivery.ts";
import { compareTerms, type Term } from "../daemon/term.ts";
import { ComputeError } from "../errors.ts";
import type { InSyncSet } from "./in-sync-set.ts";
import type { MemberState } from "./member-state.ts";
import { Replica, type ReplicaLink } from "./replica.ts";
import { type InstanceId, instanceKey, type MemberPlace } from "./standby-messages.ts";
import type { StandbyConfig } from "./standby-settings.ts";

/** What a {@link Leader} works with. */
export interface LeaderParts {
  readonly self: InstanceId;
  readonly term: Term;
  readonly state: MemberState;
  readonly config: StandbyConfig;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly members: readonly MemberPlace[];
  readonly linkTo: (place: MemberPlace) => ReplicaLink;
  readonly openSet: (onChange: () => void, onDeposed: (term: Term) => void) => InSyncSet;
  /** Somebody else is the active, in this term. */
  readonly onDeposed: (term: Term) => void;
  readonly onInSync: (members: readonly InstanceId[]) => void;
  readonly onCommitted: (through: number) => void;
}

/** What a member does as the active: applies events, and acknowledges them once enough hold them. */
export class Leader {
  readonly term: Term;
  readonly #parts: LeaderParts;
  readonly #replicas = new Map<number, Replica>();
  readonly #set: InSyncSet;
  /** Who waits for an index to be committed. */
  readonly #waiting = new Map<number, Deferred<void>>();
  #sessions = 0;
  #isFormed = false;
  #isSyncing = false;
  /** Recorded members are given time to come back. */
  #grace: Timer | undefined;
  #end: ComputeError | undefined;

  constructor(parts: LeaderParts) {
    this.#parts = parts;
    this.term = parts.term;
    this.#set = parts.openSet(() => this.#changed(), parts.onDeposed);
    this.#grace = parts.clock.setTimeout(() => {
      this.#grace = undefined;
      this.#propose();
    }, parts.config.storeTimeoutMs);
    this.configure(parts.members);
    this.#advance();
  }

  get inSync(): readonly InstanceId[] {
    return this.#set.members;
  }

  /** Whether events are taken at this moment. */
  get isServing(): boolean {
    return this.#refusal() === undefined;
  }

  /** Takes note of members; of each slot the latest incarnation counts. */
  configure(members: readonly MemberPlace[]): void {
    for (const place of members) {
      if (place.slot === this.#parts.self.slot) continue;
      const known = this.#replicas.get(place.slot);
      if (known !== undefined && known.place.incarnation >= place.incarnation) continue;
      known?.close();
      this.#add(place);
    }
    this.#propose();
  }

  /**
   * Applies an event once, and waits until it cannot be lost any more.
   *
   * @throws {@link ComputeError} with kind `not-active`, `lease-lost`, `insufficient-copies`,
   * `buffer-full` or `stale-term`, and as {@link DaemonHost.deliver} does.
   */
  async deliver(event: DaemonEvent): Promise<Delivery> {
    const refusal = this.#refusal();
    if (refusal !== undefined) throw refusal;
    const { state } = this.#parts;
    const known = state.host.outcomeOf(event);
    if (known !== undefined) {
      await this.#committed(known.index);
      return { ...known, repeated: true };
    }
    this.#checkRoom();
    const delivery = state.deliver(event, this.term);
    for (const replica of this.#replicas.values()) replica.kick();
    this.#advance();
    this.#syncIfDue();
    await this.#committed(delivery.index);
    return delivery;
  }

  /**
   * Gives every copy the state, so that it need not keep the events; returns through which index.
   *
   * @throws {@link ComputeError} of the first that failed, when all were tried.
   */
  async sync(): Promise<number> {
    const { state } = this.#parts;
    const through = state.last;
    const snapshot = state.snapshot();
    const bytes = state.appendedBytes;
    await this.#committed(through);
    const copies = [...this.#replicas.values()].filter(({ phase }) => phase === "in-sync");
    const results = await Promise.allSettled(
      copies.map((replica) => replica.checkpoint(snapshot, through, bytes)),
    );
    for (const result of results) if (result.status === "rejected") throw result.reason;
    return through;
  }

  /** It is the active no more: whoever waits gets the error. */
  close(error: ComputeError): void {
    this.#end ??= error;
    this.#grace?.[Symbol.dispose]();
    this.#set.close();
    for (const replica of this.#replicas.values()) replica.close();
    this.#failWaiting(error);
  }

  #add(place: MemberPlace): void {
    const { state, config, clock, logger, linkTo, onDeposed } = this.#parts;
    const replica = new Replica(
      {
        place,
        link: linkTo(place),
        state,
        config,
        clock,
        logger,
        nextSession: () => ++this.#sessions,
        onChange: () => this.#changed(),
        onStale: (term) => {
          if (compareTerms(term, this.term) > 0) onDeposed(term);
        },
      },
      undefined,
    );
    this.#replicas.set(place.slot, replica);
    replica.start();
  }

  #changed(): void {
    if (this.#end !== undefined) return;
    this.#advance();
    this.#propose();
    if (this.inSync.length < this.#parts.config.minInSync) {
      this.#failWaiting(this.#tooFew("maybe"));
    } else if (!this.#set.mayServe()) {
      this.#failWaiting(leaseLost("maybe"));
    }
    this.#parts.onInSync(this.inSync);
  }

  /** Who holds everything is in; who does not keep up is not. */
  #propose(): void {
    if (this.#end !== undefined) return;
    const { self, state } = this.#parts;
    const members = [self];
    for (const replica of this.#replicas.values()) {
      if (replica.phase === "joining" && replica.held >= state.committed) replica.enter();
      const id = replica.phase === "in-sync" ? replica.id : this.#awaited(replica);
      if (id !== undefined) members.push(id);
    }
    this.#set.propose(members);
  }

  /** A member of the set that is still given time to come back. */
  #awaited({ place, phase }: Replica): InstanceId | undefined {
    if (this.#grace === undefined || phase !== "apart") return undefined;
    return this.inSync.find(
      ({ slot, incarnation }) => slot === place.slot && incarnation === place.incarnation,
    );
  }

  /** Commits what everybody holds who must. */
  #advance(): void {
    const { self, state, config, onCommitted } = this.#parts;
    if (this.inSync.length < config.minInSync || !this.#set.mayServe()) return;
    const held = new Map<string, number>([[instanceKey(self), state.last]]);
    const required = new Set(this.#set.required());
    for (const replica of this.#replicas.values()) {
      if (replica.id === undefined) continue;
      held.set(instanceKey(replica.id), replica.held);
      if (replica.phase !== "apart") required.add(instanceKey(replica.id));
    }
    let through = state.last;
    for (const key of required) through = Math.min(through, held.get(key) ?? -1);
    if (!this.#isFormed && through >= state.last) this.#form();
    if (through > state.committed) {
      state.committed = through;
      onCommitted(through);
    }
    this.#settle();
    for (const [index, waiting] of this.#waiting) {
      if (!this.#isFormed || index > through) continue;
      this.#waiting.delete(index);
      waiting.resolve();
    }
  }

  /** Enough members hold everything: what this term did counts from now on. */
  #form(): void {
    this.#isFormed = true;
    this.#parts.state.synced = this.term;
  }

  /** Lets go of what every member of the group holds, and of what there is no room for. */
  #settle(): void {
    const { state } = this.#parts;
    let all = state.committed;
    let needed = state.last;
    for (const { held, phase } of this.#replicas.values()) {
      all = Math.min(all, phase === "in-sync" ? held : -1);
      if (phase !== "apart") needed = Math.min(needed, held);
    }
    state.settled = Math.max(state.settled, all);
    state.trim(needed);
  }

  async #committed(index: number): Promise<void> {
    if (this.#isFormed && index <= this.#parts.state.committed) return;
    let waiting = this.#waiting.get(index);
    if (waiting === undefined) {
      waiting = deferred();
      this.#waiting.set(index, waiting);
    }
    await waiting.promise;
  }

  #failWaiting(error: ComputeError): void {
    const failed = [...this.#waiting.values()];
    this.#waiting.clear();
    for (const waiting of failed) waiting.reject(error);
  }

  /** Why no events are taken now. */
  #refusal(): ComputeError | undefined {
    if (this.#end !== undefined) return this.#end;
    if (this.inSync.length < this.#parts.config.minInSync) return this.#tooFew("never");
    return this.#set.mayServe() ? undefined : leaseLost("never");
  }

  #tooFew(delivered: "never" | "maybe"): ComputeError {
    const { minInSync } = this.#parts.config;
    return new ComputeError(
      "insufficient-copies",
      `${this.inSync.length} members are in sync, fewer than ${minInSync}`,
      { delivered },
    );
  }

  #checkRoom(): void {
    const { events, bytes } = this.#backlog();
    const { maxLogEvents, maxLogBytes } = this.#parts.config;
    if (events < 2 * maxLogEvents && bytes < 2 * maxLogBytes) return;
    throw new ComputeError(
      "buffer-full",
      `standbys keep ${events} events with ${bytes} bytes, and have not yet got the state instead`,
      { delivered: "never" },
    );
  }

  #syncIfDue(): void {
    const { events, bytes } = this.#backlog();
    const { maxLogEvents, maxLogBytes } = this.#parts.config;
    if (this.#isSyncing || (events <= maxLogEvents && bytes <= maxLogBytes)) return;
    this.#isSyncing = true;
    void this.#syncQuietly();
  }

  /** Whoever fails is tried again, or is no copy any more. */
  async #syncQuietly(): Promise<void> {
    try {
      await this.sync();
    } catch (error) {
      this.#parts.logger.debug("not every standby took the state", { error });
    } finally {
      this.#isSyncing = false;
    }
  }

  /** What the copy with the oldest state keeps. */
  #backlog(): { readonly events: number; readonly bytes: number } {
    let events = 0;
    let bytes = 0;
    for (const { backlog } of this.#replicas.values()) {
      events = Math.max(events, backlog.events);
      bytes = Math.max(bytes, backlog.bytes);
    }
    return { events, bytes };
  }
}

function leaseLost(delivered: "never" | "maybe"): ComputeError {
  return new ComputeError("lease-lost", "the lease of the active ran out", { delivered });
}
