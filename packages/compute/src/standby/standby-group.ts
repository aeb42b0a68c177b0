import { type Clock, type Listen, type Logger, type NodeId, silentLogger } from "@selvage/core";

import type { DaemonEvent } from "../daemon/daemon-event.ts";
import type { Delivery } from "../daemon/delivery.ts";
import type { Term } from "../daemon/term.ts";
import {
  DEFAULT_PLACEMENT_DEADLINE_MS,
  DEFAULT_STATUS_TIMEOUT_MS,
  MAX_GROUP_SLOTS,
} from "../defaults.ts";
import { ComputeError, isComputeError } from "../errors.ts";
import type { GroupId } from "../hosting/group-id.ts";
import type { RecoveryHandler } from "../recovery/recovery-registry.ts";
import type { PlacementRequest } from "../scheduler/placement-request.ts";
import type { Scheduler } from "../scheduler/scheduler.ts";
import type { DivergedReport } from "./diverged-report.ts";
import { encodeMembers } from "./message-codec.ts";
import { type Promoted, type PromotionRequest, Promotions } from "./promotion.ts";
import { ReportCollector } from "./report-collector.ts";
import type { PlacedDetails, StandbyHostOptions, StandbyHosts } from "./standby-hosts.ts";
import {
  type InstanceId,
  isSamePlace,
  type MemberPlace,
  type StandbyDetails,
} from "./standby-messages.ts";
import { StandbyPlacements } from "./standby-placements.ts";
import { resolveStandbyConfig, type StandbyConfig } from "./standby-settings.ts";
import { type StandbySlot, StandbySlots } from "./standby-slots.ts";
import { SurplusMembers } from "./surplus-members.ts";
import type { TermAuthority } from "./term-authority.ts";

/** The parts of a {@link StandbyGroup}. */
export interface StandbyGroupParts {
  readonly group: GroupId;
  /** Who coordinates: unique to this run of this node. */
  readonly coordinator: NodeId;
  readonly hosts: StandbyHosts;
  readonly scheduler: Pick<Scheduler, "place">;
  readonly clock: Clock;
  /** For groups that are `fenced`. */
  readonly authority?: TermAuthority | undefined;
  /** Default silent. */
  readonly logger?: Logger | undefined;
  /** What the daemon asks of its nodes; default nothing. */
  readonly request?: PlacementRequest | undefined;
  /** How well a node would do as the active, between members that hold the same; default all the same. */
  readonly score?: ((place: MemberPlace) => number) | undefined;
}

/** Configuration of a {@link StandbyGroup}. */
export type StandbyGroupConfig = {
  readonly [K in keyof StandbyConfig]?: StandbyConfig[K] | undefined;
} & {
  /** Members, the active included; at least 2. */
  readonly memberCount: number;
};

/** What is known of a group that exists. */
export interface KnownMembers {
  /** One for each slot, by slot. */
  readonly members: readonly MemberPlace[];
  /** Other instances that may still be there. */
  readonly surplus?: readonly MemberPlace[] | undefined;
  /** The highest term that was heard of. */
  readonly term: Term;
}

/** How a group is. */
export interface StandbyGroupStatus {
  readonly term: Term;
  /** The slot of the active; `undefined` while there is none. */
  readonly active: number | undefined;
  readonly slots: readonly StandbySlot[];
  /** Instances that were replaced and are yet to be removed. */
  readonly surplus: readonly MemberPlace[];
}

/**
 * The coordinator of a standby group: one member applies events, the others keep them, and one of these
 * takes over when it is gone. The coordinator has nothing that the members do not have.
 */
export class StandbyGroup {
  readonly #parts: StandbyGroupParts;
  readonly #logger: Logger;
  readonly #promotions: Promotions;
  readonly #slots: StandbySlots;
  readonly #reports: ReportCollector;
  /** Nodes that were said to have failed. */
  readonly #failed = new Set<NodeId>();
  readonly #surplus: SurplusMembers;
  readonly #placements: StandbyPlacements;
  #term: Term;
  /** The highest number that was given out. */
  #lastNumber: number;
  #active: number | undefined;
  #isBusy = false;
  /** Promotions come one after the other. */
  #promoting: Promise<unknown> = Promise.resolve();
  /** How often the active did not answer, one after the other. */
  #misses = 0;
  #isClosed = false;

  private constructor(parts: StandbyGroupParts, config: StandbyConfig, known: KnownMembers) {
    const { logger = silentLogger, group, hosts, clock, authority, score } = parts;
    if (config.mode === "fenced" && authority === undefined) {
      throw new TypeError("a fenced group needs an authority");
    }
    this.#parts = parts;
    this.#logger = logger.child({ group });
    this.#slots = new StandbySlots(known.members);
    this.#term = known.term;
    this.#lastNumber = known.term.number;
    const shared = {
      hosts,
      logger: this.#logger,
      term: () => this.#term,
      isFailed: (nodeId: NodeId) => this.#failed.has(nodeId),
    };
    this.#reports = new ReportCollector(shared);
    this.#surplus = new SurplusMembers(shared, known.surplus ?? []);
    this.#placements = new StandbyPlacements({
      ...shared,
      slots: this.#slots,
      surplus: this.#surplus,
      request: parts.request ?? {},
      config,
      failed: this.#failed,
      active: () => this.#active,
      onPlaced: () => void this.#configureQuietly(),
    });
    this.#promotions = new Promotions({
      group,
      hosts,
      clock,
      config,
      authority: config.mode === "fenced" ? authority : undefined,
      nextTerm: (seen) => this.#nextTerm(seen),
      term: () => this.#term,
      score,
    });
  }

  /**
   * Makes a group: members on nodes of their own, the first one active, all of them in sync. If any of
   * it fails, all of it is taken back.
   *
   * @throws {@link ComputeError} with kind `no-candidate` if there are too few nodes, and as the hosts do.
   * @throws RangeError for a configuration that makes no sense.
   */
  static async spawn(
    parts: StandbyGroupParts,
    { memberCount, ...settings }: StandbyGroupConfig,
  ): Promise<StandbyGroup> {
    if (!Number.isSafeInteger(memberCount) || memberCount < 2 || memberCount > MAX_GROUP_SLOTS) {
      throw new RangeError(
        `memberCount must be a whole number from 2 to ${MAX_GROUP_SLOTS}, got ${memberCount}`,
      );
    }
    const config = resolveStandbyConfig(memberCount, settings);
    const places: MemberPlace[] = [];
    for (let slot = 0; slot < memberCount; slot++) {
      const exclude = [...(parts.request?.exclude ?? []), ...places.map(({ nodeId }) => nodeId)];
      const { nodeId } = parts.scheduler.place({ ...parts.request, exclude });
      places.push({ slot, incarnation: 1, nodeId });
    }
    const term: Term = { number: 1, coordinator: parts.coordinator };
    const group = new StandbyGroup(parts, config, { members: places, term });
    try {
      await group.#begin(places, config);
    } catch (error) {
      await Promise.allSettled(places.map((place) => parts.hosts.remove(place, group.#term)));
      group.close();
      throw error;
    }
    return group;
  }

  /**
   * Coordinates a group that exists, after its coordinator is gone. The next {@link promote} or
   * {@link maintain} finds out who is the active.
   *
   * @throws RangeError for a configuration that makes no sense.
   */
  static adopt(
    parts: StandbyGroupParts,
    { memberCount, ...settings }: StandbyGroupConfig,
    known: KnownMembers,
  ): StandbyGroup {
    return new StandbyGroup(parts, resolveStandbyConfig(memberCount, settings), known);
  }

  /** Tells what members had to give up, again if the process ends before all of it was heard. */
  get onDiverged(): Listen<DivergedReport> {
    return this.#reports.onReport;
  }

  get status(): StandbyGroupStatus {
    return {
      term: this.#term,
      active: this.#active,
      slots: this.#slots.all,
      surplus: this.#surplus.places,
    };
  }

  /**
   * Delivers an event to the active.
   *
   * @throws {@link ComputeError} with kind `not-active` if there is none now, and what the active and
   * its host throw.
   */
  async deliver(event: DaemonEvent, options: StandbyHostOptions = {}): Promise<Delivery> {
    this.#checkOpen();
    const active = this.#activePlace();
    if (active === undefined) {
      throw new ComputeError("not-active", "the group has no active now", { delivered: "never" });
    }
    return await this.#parts.hosts.deliver(active, this.#term, event, options);
  }

  /**
   * Makes another member the active, the one that holds most. The active so far becomes a standby.
   *
   * @throws {@link ComputeError} with kind `no-healthy-member`, `insufficient-copies`,
   * `no-in-sync-member` or `lease-held`; then the group is as it was.
   */
  async promote(): Promise<Promoted> {
    return await this.#promote(false);
  }

  /**
   * Gives all standbys the state of the active, so that they need not keep the events.
   *
   * @throws {@link ComputeError} of the active, or of the first standby that failed.
   */
  async syncStandbys(): Promise<number> {
    const active = this.#activePlace();
    if (active === undefined) throw new ComputeError("not-active", "the group has no active now");
    const details = await this.#command(active, "sync", new Uint8Array(0));
    return details.history.last;
  }

  /**
   * A node is gone: promotes another member if it had the active, and places the others anew. Gives the
   * slot of the new active, `undefined` if it is the old one.
   *
   * @throws {@link ComputeError} as {@link promote} does; {@link recoveryHandler} tries again.
   */
  async onNodeFailure(nodeId: NodeId): Promise<number | undefined> {
    this.#checkOpen();
    this.#failed.add(nodeId);
    const affected = this.#slots.on(nodeId);
    for (const { slot, health } of affected) {
      if (health === "healthy") this.#slots.mark(slot, "unhealthy");
    }
    const hadActive = affected.some(({ slot }) => slot === this.#active);
    try {
      return hadActive ? (await this.#promote(true)).place.slot : undefined;
    } finally {
      this.#placements.begin(this.#parts.scheduler);
    }
  }

  /** A node is back: what is there counts again, once the active made it a copy anew. */
  async onNodeRecovery(nodeId: NodeId): Promise<void> {
    this.#checkOpen();
    this.#failed.delete(nodeId);
    const found = await this.#parts.hosts.status(nodeId, this.#term, {
      deadlineMs: DEFAULT_STATUS_TIMEOUT_MS,
    });
    for (const { slot, place, health } of this.#slots.on(nodeId)) {
      const isThere = found.some((member) => isSamePlace(member.place, place));
      if (health === "unhealthy" && isThere) this.#slots.mark(slot, "healthy");
    }
  }

  /** Whether there is a slot to be placed; the slot of the active never is. */
  hasUnhealthySlots(): boolean {
    return this.#slots.all.some(
      ({ slot, health }) => health === "unhealthy" && slot !== this.#active,
    );
  }

  /**
   * Begins to place unhealthy slots, at most {@link MAX_RECOVERIES_PER_CALL}, and returns those that
   * became healthy since the last call. Never touches the slot of the active: what it holds is got back
   * by a promotion only.
   */
  tryRecover(scheduler: Pick<Scheduler, "place"> = this.#parts.scheduler): readonly number[] {
    this.#checkOpen();
    this.#placements.begin(scheduler);
    return this.#placements.takeRecovered();
  }

  /** For a {@link RecoveryRegistry}; throws only if the group is closed. */
  recoveryHandler(): RecoveryHandler {
    return () => {
      this.#checkOpen();
      if (!this.#isBusy) void this.#maintainQuietly();
      return this.tryRecover();
    };
  }

  /**
   * Looks after the group once: finds members that are gone, promotes one if there is no active, tells
   * of what diverged, and removes instances that were replaced.
   *
   * @throws {@link ComputeError} as {@link promote} does.
   */
  async maintain(): Promise<void> {
    this.#checkOpen();
    await this.#promotions.watch();
    const members = await this.#look();
    const places = [...this.#slots.places, ...this.#surplus.places];
    await this.#reports.collect(new Set(places.map(({ nodeId }) => nodeId)));
    await this.#surplus.removeEmpty();
    const active = members.find(({ place }) => place.slot === this.#active);
    if (active?.details.role === "active") {
      this.#misses = 0;
      await this.#configure();
      if (active.details.serving) await this.#surplus.sweep(active.details);
      return;
    }
    // One lost answer is no reason.
    this.#misses++;
    if (active !== undefined || this.#active === undefined || this.#misses > 1) {
      await this.#promote(true);
    }
  }

  /** Who holds every acknowledged event, as the active says. */
  async inSync(): Promise<readonly InstanceId[]> {
    const active = this.#activePlace();
    if (active === undefined) return [];
    return (await this.#command(active, "fence", new Uint8Array(0))).inSync;
  }

  /** Coordinates no more; the members stay as they are. */
  close(): void {
    this.#isClosed = true;
    this.#reports.close();
  }

  async #begin(places: readonly MemberPlace[], config: StandbyConfig): Promise<void> {
    const { hosts, clock } = this.#parts;
    const options = { deadlineMs: DEFAULT_PLACEMENT_DEADLINE_MS };
    const spawned = await Promise.all(
      places.map(async (place) => ({
        place,
        details: await hosts.spawn(place, this.#term, config, options),
      })),
    );
    const [first] = spawned;
    if (first === undefined) throw new TypeError("a group has members");
    this.#take(await this.#promotions.bootstrap(first, places));
    const until = clock.now() + DEFAULT_PLACEMENT_DEADLINE_MS;
    for (;;) {
      const inSync = await this.inSync();
      if (inSync.length === places.length) return;
      if (clock.now() >= until) {
        throw new ComputeError("insufficient-copies", `only ${inSync.length} members are in sync`);
      }
      await clock.sleep(SPAWN_POLL_MS);
    }
  }

  async #promote(isActiveLost: boolean): Promise<Promoted> {
    const attempt = this.#promoting.then(async () => {
      this.#checkOpen();
      const active = this.#activePlace();
      const isLost = isActiveLost || active === undefined;
      // Also those that are being replaced: as long as they are there, they may have what others lack.
      const candidates = this.#slots.places.filter(({ nodeId }) => !this.#failed.has(nodeId));
      const request = { members: this.#slots.places, candidates, active, isActiveLost: isLost };
      const promoted = await this.#promotions.promote(request).catch(async (error: unknown) => {
        if (!isNobodyLeft(error) || this.#surplus.places.length === 0) throw error;
        return await this.#promoteReplaced(request, error);
      });
      this.#take(promoted);
      return promoted;
    });
    this.#promoting = attempt.catch(() => {});
    return await attempt;
  }

  /** A member that was replaced may be the last one that has anything. */
  async #promoteReplaced(request: PromotionRequest, error: unknown): Promise<Promoted> {
    const surplus = this.#surplus.places.filter(({ nodeId }) => !this.#failed.has(nodeId));
    for (const place of surplus) {
      const members = request.members.map((other) => (other.slot === place.slot ? place : other));
      const candidates = [place, ...request.candidates.filter(({ slot }) => slot !== place.slot)];
      try {
        const promoted = await this.#promotions.promote({ ...request, members, candidates });
        const replaced = this.#slots.get(promoted.place.slot)?.place;
        this.#surplus.take(promoted.place);
        if (replaced !== undefined && !isSamePlace(replaced, promoted.place))
          this.#surplus.add(replaced);
        this.#slots.move(promoted.place);
        return promoted;
      } catch (cause) {
        if (!isNobodyLeft(cause)) throw cause;
      }
    }
    throw error;
  }

  #take({ place, term }: Promoted): void {
    this.#misses = 0;
    this.#active = place.slot;
    this.#logger.info("a member was promoted", { slot: place.slot, term: term.number });
  }

  /** Finds members that are gone though their node is there, and those that are back. */
  async #look(): Promise<readonly PlacedDetails[]> {
    const options = { deadlineMs: DEFAULT_STATUS_TIMEOUT_MS };
    const asked = this.#slots.all.filter(
      ({ health, place }) => health !== "placing" && !this.#failed.has(place.nodeId),
    );
    const answers = await Promise.allSettled(
      asked.map(({ place }) => this.#parts.hosts.status(place.nodeId, this.#term, options)),
    );
    const members: PlacedDetails[] = [];
    answers.forEach((answer, i) => {
      const slot = asked[i];
      if (slot === undefined || answer.status === "rejected") return;
      if (this.#slots.get(slot.slot) !== slot) return;
      const member = answer.value.find(({ place }) => isSamePlace(place, slot.place));
      if (member !== undefined && member.details.role !== "broken") {
        members.push(member);
        this.#slots.mark(slot.slot, "healthy");
      } else {
        this.#slots.mark(slot.slot, "unhealthy", member === undefined);
      }
    });
    return members;
  }

  async #maintainQuietly(): Promise<void> {
    this.#isBusy = true;
    try {
      await this.maintain();
    } catch (error) {
      this.#logger.warn("the group could not be looked after", { error });
    } finally {
      this.#isBusy = false;
    }
  }

  async #configureQuietly(): Promise<void> {
    try {
      await this.#configure();
    } catch (error) {
      this.#logger.debug("the active does not know its members yet", { error });
    }
  }

  /** Tells the active who is a member. */
  async #configure(): Promise<void> {
    const active = this.#activePlace();
    // Whoever coordinates instead does not know what was placed here since.
    if (active === undefined || this.#isClosed) return;
    await this.#command(active, "configure", encodeMembers(this.#slots.places));
  }

  async #command(place: MemberPlace, kind: string, payload: Uint8Array): Promise<StandbyDetails> {
    const options = { deadlineMs: DEFAULT_STATUS_TIMEOUT_MS };
    return await this.#parts.hosts.command(place, this.#term, kind, payload, options);
  }

  #activePlace(): MemberPlace | undefined {
    return this.#active === undefined ? undefined : this.#slots.get(this.#active)?.place;
  }

  #nextTerm(seen: readonly Term[]): Term {
    const highest = Math.max(this.#lastNumber, ...seen.map(({ number }) => number));
    this.#lastNumber = highest + 1;
    // Whoever was asked under it refuses lower ones, also if nothing comes of the promotion.
    this.#term = { number: this.#lastNumber, coordinator: this.#parts.coordinator };
    return this.#term;
  }

  #checkOpen(): void {
    if (this.#isClosed) throw new ComputeError("closed", "the group is closed here");
  }
}

/** How often a new group is asked whether it is complete, in milliseconds. */
const SPAWN_POLL_MS = 20;

/** Whether a promotion failed because no member has anything. */
function isNobodyLeft(error: unknown): boolean {
  return isComputeError(error, "no-healthy-member") || isComputeError(error, "no-in-sync-member");
}
