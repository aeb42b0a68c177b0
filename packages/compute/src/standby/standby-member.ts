import { type Clock, Emitter, type Listen, type Logger } from "@selvage/core";

import type { AppliedEvent, Delivery } from "../daemon/delivery.ts";
import { compareTerms, type Term } from "../daemon/term.ts";
import { ComputeError } from "../errors.ts";
import type { HostCommand } from "../hosting/host-command.ts";
import type { HostedMember, MemberEnd, MemberParts } from "../hosting/hosted-member.ts";
import type { MemberDelivery, MemberMessage } from "../hosting/member-host.ts";
import { type DivergedEntry, encodeReport } from "./diverged-report.ts";
import { Follower } from "./follower.ts";
import { type InSyncSet, LocalInSyncSet } from "./in-sync-set.ts";
import { Leader } from "./leader.ts";
import { memberLink } from "./member-link.ts";
import { type Losses, MemberState } from "./member-state.ts";
import {
  decodeCheckpoint,
  decodeHistory,
  decodeInstall,
  decodeMembers,
  decodePromote,
  decodeStore,
  encodeDetails,
  encodeHeld,
} from "./message-codec.ts";
import { RecordedInSyncSet } from "./recorded-in-sync-set.ts";
import type {
  InstanceId,
  PromoteCommand,
  StandbyDetails,
  StandbyRole,
} from "./standby-messages.ts";
import type { StandbyConfig } from "./standby-settings.ts";
import type { TermAuthority, VersionedRecord } from "./term-authority.ts";

/** What a {@link StandbyMember} needs besides what every member has. */
export interface StandbyParts extends MemberParts {
  /** 32 hexadecimal characters that no other instance has. */
  readonly instance: string;
  readonly standby: StandbyConfig;
  /** For groups that are `fenced`. */
  readonly authority: TermAuthority | undefined;
}

/**
 * One member of a standby group, on its node: active or standby, as the terms go. Whoever comes with a
 * lower term than it has heard of is refused; a higher one ends what it was.
 */
export class StandbyMember implements HostedMember {
  readonly id: InstanceId;
  readonly #parts: StandbyParts;
  readonly #clock: Clock;
  readonly #logger: Logger;
  readonly #state: MemberState;
  readonly #follower: Follower;
  readonly #outputs: Emitter<AppliedEvent>;
  readonly #inSync: Emitter<readonly InstanceId[]>;
  /** Applied events that are not committed, so nobody heard of them. */
  #unpublished: AppliedEvent[] = [];
  #leader: Leader | undefined;
  #seen: Term;
  /** The last term that it was the active in. */
  #led: Term | undefined;
  #isRetired = false;

  constructor(parts: StandbyParts) {
    const { ref, instance, host, standby, clock, logger, term } = parts;
    this.id = { slot: ref.slot, incarnation: ref.incarnation, instance };
    this.#parts = parts;
    this.#clock = clock;
    this.#logger = logger.child({ slot: ref.slot, incarnation: ref.incarnation });
    this.#state = new MemberState(host, standby, parts.hostConfig.maxStateBytes);
    this.#follower = new Follower(this.#state, standby);
    this.#seen = term;
    const report = (error: unknown): void => this.#logger.error("a listener threw", { error });
    this.#outputs = new Emitter(report);
    this.#inSync = new Emitter(report);
    host.onApplied((applied) => void this.#unpublished.push(applied));
  }

  /** Tells of events with their outputs when they are committed, in order; after a failover again. */
  get onCommitted(): Listen<AppliedEvent> {
    return this.#outputs.on;
  }

  /** Tells, at the active, who holds every acknowledged event, when that changes. */
  get onInSync(): Listen<readonly InstanceId[]> {
    return this.#inSync.on;
  }

  get role(): StandbyRole {
    if (this.#isRetired) return "retired";
    if (this.#leader !== undefined) return "active";
    if (this.#state.isBroken) return "broken";
    return this.#state.isBlank ? "blank" : "standby";
  }

  get details(): StandbyDetails {
    const { synced, base, committed, settled, history } = this.#state;
    return {
      instance: this.id.instance,
      role: this.role,
      seen: this.#seen,
      synced,
      base,
      committed,
      settled,
      history,
      inSync: this.#leader?.inSync ?? [],
      serving: this.#leader?.isServing ?? false,
    };
  }

  /**
   * Takes an event if this is the active.
   *
   * @throws {@link ComputeError} with kind `not-active`, and as delivering to an active does.
   */
  async deliver({ event }: MemberDelivery): Promise<Delivery> {
    if (this.#leader === undefined) {
      throw new ComputeError("not-active", `slot ${this.id.slot} is ${this.role}`, {
        delivered: "never",
      });
    }
    return await this.#leader.deliver(event);
  }

  describe(): Uint8Array {
    return encodeDetails(this.details);
  }

  snapshot(): Uint8Array {
    return this.#state.snapshot();
  }

  restore(): void {
    throw new ComputeError("out-of-step", "the state of a member comes from its active only");
  }

  async command(command: HostCommand, payload: Uint8Array): Promise<Uint8Array> {
    this.#heed(command.term);
    switch (command.kind) {
      case "fence":
        break;
      case "promote":
        await this.#promote(command.term, decodePromote(payload));
        break;
      case "configure":
        this.#leader?.configure(decodeMembers(payload));
        break;
      case "sync":
        if (this.#leader === undefined) throw this.#notActive();
        await this.#leader.sync();
        break;
      case "hand-over":
        this.#retire(command.term, payload);
        break;
      default:
        throw new ComputeError("bad-command", `members know no command "${command.kind}"`);
    }
    return this.describe();
  }

  message({ kind, term, payload }: MemberMessage): Uint8Array {
    this.#heed(term);
    if (this.#isRetired) throw this.#notActive();
    if (this.#leader !== undefined) throw this.#staleTerm(term);
    switch (kind) {
      case "install": {
        const message = decodeInstall(payload);
        this.#follower.install(term, message, () => {
          this.#handOver(this.#state.lossesTo(message.history), term);
        });
        break;
      }
      case "store":
        this.#follower.store(term, decodeStore(payload));
        break;
      case "checkpoint":
        this.#follower.checkpoint(term, decodeCheckpoint(payload));
        break;
      default:
        throw new ComputeError("bad-command", `members know no message "${kind}"`);
    }
    return encodeHeld({ instance: this.id.instance, through: this.#state.last });
  }

  onTerm(term: Term): void {
    if (compareTerms(term, this.#seen) <= 0) return;
    this.#seen = term;
    this.#depose(term);
  }

  end(why: MemberEnd): void {
    if (!this.#isRetired && why !== "closed") {
      this.#handOver(this.#state.lossesAfter(this.#state.settled), this.#seen);
    }
    this.#isRetired = true;
    this.#close(new ComputeError("not-active", `the member was ${why}`, { delivered: "maybe" }));
  }

  /** Refuses who comes with a lower term, and is nobody's any more if it is a higher one. */
  #heed(term: Term): void {
    if (compareTerms(term, this.#seen) < 0) throw this.#staleTerm(term);
    this.onTerm(term);
  }

  async #promote(term: Term, command: PromoteCommand): Promise<void> {
    const { instance, bootstrap, members } = command;
    if (instance !== this.id.instance || this.#isRetired) {
      throw new ComputeError("not-found", `instance ${instance} is not here any more`);
    }
    if (this.#leader !== undefined) {
      this.#leader.configure(members);
      return;
    }
    const begin = await this.#claim(term);
    // A higher term may have come meanwhile, or the same command again.
    if (compareTerms(term, this.#seen) < 0) throw this.#staleTerm(term);
    if (this.#leader !== undefined) return;
    if (this.#state.isBroken || (this.#state.isBlank && !bootstrap)) {
      throw new ComputeError("out-of-step", `slot ${this.id.slot} is ${this.role}`);
    }
    this.#lead(term, command, begin);
  }

  /** In groups that are fenced, only who is recorded may be the active. */
  async #claim(term: Term): Promise<VersionedRecord | undefined> {
    const { authority, standby, ref } = this.#parts;
    if (standby.mode === "available") return undefined;
    const found = await authority?.read(ref.group);
    if (found === undefined) {
      throw new ComputeError("lease-lost", "there is no record of who may be the active");
    }
    const { record } = found;
    const isOurs = record.active.instance === this.id.instance;
    if (isOurs && compareTerms(record.term, term) === 0) return found;
    throw new ComputeError("stale-term", `the active is recorded in term ${record.term.number}`, {
      seen: { term: record.term, incarnation: record.active.incarnation },
    });
  }

  #lead(term: Term, { members }: PromoteCommand, begin: VersionedRecord | undefined): void {
    const { standby, ref, peers, authority } = this.#parts;
    this.#follower.leave();
    this.#state.begin();
    this.#state.applyAll();
    this.#led = term;
    this.#leader = new Leader({
      self: this.id,
      term,
      state: this.#state,
      config: standby,
      clock: this.#clock,
      logger: this.#logger,
      members,
      linkTo: (place) => memberLink(peers, ref, term, place),
      openSet: (onChange, onDeposed): InSyncSet =>
        begin === undefined || authority === undefined
          ? new LocalInSyncSet([this.id], onChange)
          : new RecordedInSyncSet({
              authority,
              group: ref.group,
              clock: this.#clock,
              begin,
              onChange,
              onDeposed,
            }),
      onDeposed: (later) => this.onTerm(later),
      onInSync: (inSync) => this.#inSync.emit(inSync),
      onCommitted: (through) => this.#publish(through),
    });
  }

  #depose(term: Term): void {
    this.#close(
      new ComputeError("stale-term", `term ${term.number} of ${term.coordinator} came`, {
        delivered: "maybe",
        seen: { term, incarnation: this.id.incarnation },
      }),
    );
  }

  #close(error: ComputeError): void {
    this.#leader?.close(error);
    this.#leader = undefined;
    this.#unpublished = [];
  }

  #publish(through: number): void {
    while ((this.#unpublished[0]?.index ?? Infinity) <= through) {
      const applied = this.#unpublished.shift();
      if (applied !== undefined) this.#outputs.emit(applied);
    }
  }

  /** Gives up what the group does not have, and does nothing any more. */
  #retire(term: Term, payload: Uint8Array): void {
    if (this.#isRetired) return;
    this.#handOver(this.#state.lossesTo(decodeHistory(payload)), term);
    this.#isRetired = true;
    this.#close(this.#notActive());
  }

  /** Leaves at this node what is about to be given up. */
  #handOver(losses: Losses | undefined, to: Term): void {
    if (losses === undefined) return;
    const { committed, synced } = this.#state;
    const led = this.#led;
    const entries = losses.entries.map((entry): DivergedEntry => {
      if (entry.index <= committed) return { ...entry, acknowledged: "yes" };
      const isOwn = led !== undefined && compareTerms(entry.term, led) === 0;
      return { ...entry, acknowledged: isOwn ? "no" : "unknown" };
    });
    this.#parts.keepReport(encodeReport({ ...losses, from: this.id, term: synced, to, entries }));
  }

  #notActive(): ComputeError {
    return new ComputeError("not-active", `slot ${this.id.slot} is ${this.role}`, {
      delivered: "never",
    });
  }

  #staleTerm(term: Term): ComputeError {
    return new ComputeError(
      "stale-term",
      `term ${term.number} of ${term.coordinator} was followed by ${this.#seen.number} ` +
        `of ${this.#seen.coordinator}`,
      { delivered: "never", seen: { term: this.#seen, incarnation: this.id.incarnation } },
    );
  }
}
