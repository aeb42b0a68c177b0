import {
  type Closable,
  CloseOnce,
  Emitter,
  type Listen,
  type NodeId,
  silentLogger,
  systemClock,
} from "@selvage/core";

import type { EndpointStats } from "../balancing/endpoint.ts";
import { LoadBalancer } from "../balancing/load-balancer.ts";
import type { RequestContext } from "../balancing/request-context.ts";
import type { DaemonEvent } from "../daemon/daemon-event.ts";
import type { Term } from "../daemon/term.ts";
import {
  DEFAULT_PLACEMENT_DEADLINE_MS,
  MAX_GROUP_SLOTS,
  MAX_PLACEMENT_ATTEMPTS,
  MAX_RECOVERIES_PER_CALL,
} from "../defaults.ts";
import { ComputeError, isComputeError } from "../errors.ts";
import { GroupCommander } from "../hosting/group-commander.ts";
import type { GroupId } from "../hosting/group-id.ts";
import type { HostStatus } from "../hosting/host-status.ts";
import type { HostCallOptions } from "../hosting/member-host.ts";
import type { SpawnOrder } from "../hosting/spawn-order.ts";
import type { RecoveryHandler } from "../recovery/recovery-registry.ts";
import type { UnhealthySlotRecovery } from "../recovery/unhealthy-slot-recovery.ts";
import type { Scheduler } from "../scheduler/scheduler.ts";
import type { GroupConfig, GroupParts } from "./group-parts.ts";
import { inTurn } from "./in-turn.ts";
import { MemberPlacer } from "./member-placer.ts";
import { MemberRouter, type RoutedDelivery, type RoutedMember } from "./member-router.ts";
import { NodeChooser } from "./node-chooser.ts";
import type { GroupFailure } from "./placement-failure.ts";
import { type GroupHealth, type GroupMember, SlotTable } from "./slot-table.ts";

/**
 * The coordinator of a group whose members have nothing to do with each other: places them on nodes
 * apart, replaces those that are lost, and shares events among them.
 */
export abstract class MemberGroup implements UnhealthySlotRecovery, Closable {
  readonly #commander: GroupCommander;
  readonly #slots: SlotTable;
  readonly #chooser: NodeChooser;
  readonly #placer: MemberPlacer;
  readonly #router: MemberRouter;
  readonly #changed: Emitter<GroupMember>;
  readonly #closing: CloseOnce = new CloseOnce(() => this.#close());
  /** Slots that became healthy and were not told yet. */
  readonly #recovered = new Set<number>();
  /** The last slot that was tried to recover. */
  #lastTried = -1;
  /** Growing and shrinking, one after the other. */
  #scaling: Promise<unknown> = Promise.resolve();

  protected constructor(
    parts: GroupParts,
    config: GroupConfig,
    orderOf: (slot: number) => SpawnOrder,
  ) {
    const { hosts, signer, term, scheduler, traitsOf = () => ({}), random } = parts;
    const { clock = systemClock, logger: parent = silentLogger } = parts;
    const { placement = {}, spread = "strict", balancing } = config;
    const { placementDeadlineMs: deadlineMs = DEFAULT_PLACEMENT_DEADLINE_MS } = config;
    const logger = parent.child({ group: signer.group });
    this.#changed = new Emitter((error) => logger.error("a listener threw", { error }));
    this.#commander = new GroupCommander({ hosts, signer, term });
    this.#slots = new SlotTable((member) => this.#slotChanged(member));
    this.#chooser = new NodeChooser({ scheduler, clock }, placement, spread);
    const shared = { commander: this.#commander, slots: this.#slots };
    this.#placer = new MemberPlacer({
      ...shared,
      chooser: this.#chooser,
      clock,
      logger,
      orderOf,
      deadlineMs,
    });
    this.#router = new MemberRouter({
      ...shared,
      balancer: new LoadBalancer({ clock, random }, balancing),
      traitsOf,
      onGone: (member) => this.#markGone(member),
    });
  }

  get groupId(): GroupId {
    return this.#commander.group;
  }

  /** Under whose authority the members are commanded. */
  get term(): Term {
    return this.#commander.term;
  }

  /** The term of whoever leads the group now, if a node said that it is somebody else. */
  get supersededBy(): Term | undefined {
    return this.#placer.supersededBy;
  }

  /** Tells of every slot that changes. */
  get onChange(): Listen<GroupMember> {
    return this.#changed.on;
  }

  /** All members, by slot. */
  members(): readonly GroupMember[] {
    return this.#slots.members();
  }

  health(): GroupHealth {
    return this.#slots.health();
  }

  /** What went wrong lately while the group looked after its members, the latest last. */
  failures(): readonly GroupFailure[] {
    return this.#placer.failures();
  }

  /** How events are shared among members; the ids are slots. */
  balancingStats(): readonly EndpointStats[] {
    return this.#router.stats();
  }

  /**
   * The member that an event should go to. No place is taken there: who delivers it otherwise need not
   * tell what came of it.
   *
   * @throws {@link ComputeError} with kind `no-healthy-member`.
   */
  routeEvent(context: RequestContext = {}): RoutedMember {
    return this.#router.route(context);
  }

  /**
   * Delivers an event to a member, and notes how that went. If it certainly did not get there, others
   * are tried, {@link MAX_ROUTE_ATTEMPTS} in all. Members do not share what they know of producers: who
   * repeats an event that may have been delivered may have it applied by two of them.
   *
   * @throws {@link ComputeError} with kind `no-healthy-member`, and as {@link MemberHost.deliver} does.
   */
  routeAndDeliver(
    context: RequestContext,
    event: DaemonEvent,
    options: HostCallOptions = {},
  ): Promise<RoutedDelivery> {
    return this.#router.deliver(context, event, options);
  }

  /**
   * A node is gone: its members get nothing more from now on, and others are placed elsewhere. The
   * promise tells which slots are healthy again, when that is known of all; it never rejects.
   */
  async onNodeFailure(nodeId: NodeId): Promise<readonly number[]> {
    this.#chooser.markDown(nodeId);
    const affected = this.#slots.slotsOn(nodeId);
    for (const slot of affected) this.#markUnhealthy(slot, nodeId);
    const started = affected.map((slot) => this.#tryStart(slot));
    const ends = await Promise.all(started);
    return affected.filter((_, i) => ends[i] === true);
  }

  /**
   * A node is back: what it still has of the group is used again where its slot has nothing else, and
   * removed otherwise. The promise tells which slots are healthy again; it never rejects.
   */
  async onNodeRecovery(nodeId: NodeId): Promise<readonly number[]> {
    this.#chooser.markUp(nodeId);
    return await this.reconcile(nodeId);
  }

  /**
   * Compares what a node has with what it should have: see {@link onNodeRecovery}. It also hears how
   * its members feel and how busy they are, for who gets events: one that is unhealthy gets none.
   * A coordinator does this now and then.
   */
  async reconcile(nodeId: NodeId): Promise<readonly number[]> {
    try {
      return this.#adopt(nodeId, await this.#commander.status(nodeId));
    } catch (error) {
      this.#placer.note(error, undefined, nodeId);
      return [];
    }
  }

  hasUnhealthySlots(): boolean {
    return this.#slots.slotsThatAre("unhealthy").length > 0;
  }

  /**
   * Starts to place unhealthy slots, {@link MAX_RECOVERIES_PER_CALL} at most, and returns those that
   * became healthy since the last call.
   *
   * @param scheduler Default the one of the group. What else others are given is the hosts' business
   * here.
   */
  tryRecover(scheduler?: Scheduler): readonly number[] {
    const unhealthy = this.#slots.slotsThatAre("unhealthy");
    for (const slot of inTurn(unhealthy, this.#lastTried, MAX_RECOVERIES_PER_CALL)) {
      this.#lastTried = slot;
      void this.#tryStart(slot, scheduler);
    }
    const recovered = [...this.#recovered].toSorted((a, b) => a - b);
    this.#recovered.clear();
    return recovered;
  }

  /**
   * What to register with a `RecoveryRegistry`: looks after unhealthy slots at each tick. It throws, and
   * is so evicted, only once the group is closed.
   */
  recoveryHandler(): RecoveryHandler {
    return () => {
      if (this.#closing.started) throw this.#closed();
      return this.tryRecover();
    };
  }

  /** Waits until nothing is being placed or removed. */
  settled(): Promise<void> {
    return this.#placer.settled();
  }

  /** Removes all members, as far as their nodes can be reached. Idempotent. */
  close(): Promise<void> {
    return this.#closing.close();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  /** Changes how many members there are, all or nothing. */
  protected async resize(count: number): Promise<void> {
    const scaling = this.#scaling.then(() => this.#resize(count));
    this.#scaling = scaling.catch(() => {});
    await scaling;
  }

  async #resize(count: number): Promise<void> {
    if (this.#closing.started) throw this.#closed();
    const before = this.#slots.count;
    if (count <= before) {
      await this.#cut(count);
      return;
    }
    this.#slots.resize(count);
    const added = Array.from({ length: count - before }, (_, i) => before + i);
    const ends = await Promise.all(added.map((slot) => this.#placeSomewhere(slot)));
    const failed = ends.filter((error) => error !== undefined);
    if (failed.length === 0 && !this.#closing.started) {
      for (const slot of added) this.#recovered.delete(slot);
      return;
    }
    await this.#cut(before);
    if (this.#closing.started) throw this.#closed();
    throw new ComputeError(
      "placement-failed",
      `${failed.length} of ${added.length} members of group ${this.groupId} found no node`,
      { cause: failed[0], delivered: "never" },
    );
  }

  /** Tries some nodes; gives what was wrong with the last one if none took the member. */
  async #placeSomewhere(slot: number): Promise<unknown> {
    for (let attempt = 1; attempt <= MAX_PLACEMENT_ATTEMPTS; attempt++) {
      try {
        if (await this.#placer.start(slot)) return undefined;
      } catch (error) {
        return this.#causeOf(slot) ?? error;
      }
    }
    return this.#causeOf(slot) ?? new Error("no node took the member");
  }

  #causeOf(slot: number): unknown {
    return this.failures().findLast((failure) => failure.slot === slot)?.error;
  }

  /** Lets go of the last slots, and of their members. */
  async #cut(count: number): Promise<void> {
    const cut = this.#slots.resize(count);
    await Promise.all(
      cut.map(async ({ slot, status, nodeId, incarnation }) => {
        this.#router.slotRemoved(slot);
        this.#recovered.delete(slot);
        // What is being placed is removed when its node answers.
        if (status !== "placing" && nodeId !== undefined && !this.#chooser.isDown(nodeId)) {
          await this.#placer.remove(nodeId, { slot, incarnation });
        }
      }),
    );
    await this.#placer.settled();
  }

  async #tryStart(slot: number, scheduler?: Scheduler): Promise<boolean> {
    if (this.#closing.started || this.supersededBy !== undefined) return false;
    try {
      return await this.#placer.start(slot, scheduler);
    } catch (error) {
      // Nobody to take it is not worth a word: it is tried again.
      if (!isComputeError(error, "no-candidate")) this.#placer.note(error, slot);
      return false;
    }
  }

  #adopt(nodeId: NodeId, { members, incarnations }: HostStatus): readonly number[] {
    for (const { slot, incarnation } of incarnations) {
      this.#slots.sawIncarnation(slot, incarnation);
    }
    // It failed again while it answered.
    if (this.#chooser.isDown(nodeId)) return [];
    const adopted: number[] = [];
    for (const { slot, incarnation, originHash, health, saturation } of members) {
      const state = this.#slots.get(slot);
      const isOurs = state?.nodeId === nodeId && state.incarnation === incarnation;
      const isFree = this.#chooser.mayShare || !this.#slots.occupied(slot).has(nodeId);
      if (!isOurs || !isFree) this.#placer.discard(nodeId, { slot, incarnation });
      else if (state.status === "unhealthy") {
        this.#slots.set(slot, { status: "healthy", nodeId, incarnation, originHash });
        adopted.push(slot);
      }
      if (isOurs && isFree) this.#router.heardOf(slot, { health: health.status, saturation });
    }
    return adopted;
  }

  #markGone({ slot, nodeId, incarnation }: RoutedMember): void {
    const state = this.#slots.get(slot);
    if (state?.status === "healthy" && state.incarnation === incarnation) {
      this.#markUnhealthy(slot, nodeId);
    }
  }

  #markUnhealthy(slot: number, nodeId: NodeId): void {
    const state = this.#slots.get(slot);
    if (state === undefined || state.status === "unhealthy") return;
    const { incarnation } = state;
    this.#slots.set(slot, { status: "unhealthy", nodeId, incarnation });
  }

  #slotChanged(member: GroupMember): void {
    this.#router.slotChanged(member);
    if (member.status === "healthy") this.#recovered.add(member.slot);
    else this.#recovered.delete(member.slot);
    this.#changed.emit(member);
  }

  async #close(): Promise<void> {
    await this.#scaling;
    await this.#cut(0);
  }

  #closed(): ComputeError {
    return new ComputeError("closed", `group ${this.groupId} is closed`, { delivered: "never" });
  }
}

/**
 * Checks how many members a group is to have.
 *
 * @throws RangeError for none, or more than {@link MAX_GROUP_SLOTS}.
 */
export function checkMemberCount(name: string, count: number): number {
  if (Number.isSafeInteger(count) && count >= 1 && count <= MAX_GROUP_SLOTS) return count;
  throw new RangeError(`${name} must be a whole number from 1 to ${MAX_GROUP_SLOTS}, got ${count}`);
}
