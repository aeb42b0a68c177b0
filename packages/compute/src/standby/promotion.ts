import type { Clock } from "@selvage/core";

import { compareTerms, type Term } from "../daemon/term.ts";
import { DEFAULT_STATUS_TIMEOUT_MS } from "../defaults.ts";
import { ComputeError, isComputeError } from "../errors.ts";
import type { GroupId } from "../hosting/group-id.ts";
import { compareFreshness, isPromotable } from "./freshness.ts";
import { LeaseWatch } from "./lease-watch.ts";
import { encodePromote } from "./message-codec.ts";
import type { PlacedDetails, StandbyHosts } from "./standby-hosts.ts";
import { type InstanceId, instanceKey, type MemberPlace } from "./standby-messages.ts";
import type { StandbyConfig } from "./standby-settings.ts";
import type { TermAuthority, TermRecord } from "./term-authority.ts";

/** What a {@link Promotions} works with. */
export interface PromotionParts {
  readonly group: GroupId;
  readonly hosts: StandbyHosts;
  readonly clock: Clock;
  readonly config: StandbyConfig;
  readonly authority: TermAuthority | undefined;
  /** A term that nobody was given before, above all that are named. */
  readonly nextTerm: (seen: readonly Term[]) => Term;
  /** The term that was given out last. */
  readonly term: () => Term;
  /** How well a node would do, to decide between equals; default all the same. */
  readonly score?: ((place: MemberPlace) => number) | undefined;
}

/** Whom to promote, and whom not. */
export interface PromotionRequest {
  /** All members of the group. */
  readonly members: readonly MemberPlace[];
  /** Those that may be reached. */
  readonly candidates: readonly MemberPlace[];
  /** The active so far. */
  readonly active: MemberPlace | undefined;
  /** Whether the active is given up on, because its node failed. */
  readonly isActiveLost: boolean;
}

/** Who became the active. */
export interface Promoted extends PlacedDetails {
  readonly term: Term;
}

/** Finds the member that has most of what the group acknowledged, and makes it the active. */
export class Promotions {
  readonly #parts: PromotionParts;
  readonly #leases: LeaseWatch | undefined;

  constructor(parts: PromotionParts) {
    const { group, clock, authority } = parts;
    this.#parts = parts;
    this.#leases = authority && new LeaseWatch(authority, group, clock);
  }

  /**
   * The first promotion of a group, of a member that has nothing.
   *
   * @throws {@link ComputeError} with kind `lease-held` if the group is not new.
   */
  async bootstrap(first: PlacedDetails, members: readonly MemberPlace[]): Promise<Promoted> {
    const term = this.#parts.nextTerm([]);
    if (this.#leases !== undefined) {
      const active = instanceOf(first);
      await this.#leases.write(undefined, {
        term,
        active,
        inSync: [active],
        leaseMs: this.#parts.config.leaseMs,
        renewals: 0,
      });
    }
    return await this.#promote(first, members, term, true);
  }

  /**
   * @throws {@link ComputeError} with kind `no-healthy-member`, `insufficient-copies`,
   * `no-in-sync-member` or `lease-held`; and of the member that was to be promoted.
   */
  async promote(request: PromotionRequest): Promise<Promoted> {
    return this.#leases === undefined
      ? await this.#promoteFreshest(request)
      : await this.#promoteRecorded(request, this.#leases);
  }

  /** Keeps an eye on the lease, so that a promotion need not wait the whole of it. */
  async watch(): Promise<void> {
    await this.#leases?.look();
  }

  async #promoteFreshest(request: PromotionRequest): Promise<Promoted> {
    const before = await this.#look(request.candidates);
    this.#choose(before, request);
    // From here on, what the others hold cannot become more.
    const term = this.#parts.nextTerm(before.map(({ details }) => details.seen));
    const fenced = await this.#ask(
      before.map(({ place }) => place),
      term,
    );
    const inSync = before.find(({ place }) => place.slot === request.active?.slot)?.details.inSync;
    return await this.#promote(this.#choose(fenced, request, inSync), request.members, term);
  }

  #choose(
    answers: readonly PlacedDetails[],
    { active, isActiveLost }: PromotionRequest,
    inSync: readonly InstanceId[] = answers.find(({ place }) => place.slot === active?.slot)
      ?.details.inSync ?? [],
  ): PlacedDetails {
    const { minInSync } = this.#parts.config;
    const keys = new Set(inSync.map(instanceKey));
    const candidates = answers.filter(
      (answer) =>
        isPromotable(answer.details) &&
        (isActiveLost || answer.place.slot !== active?.slot) &&
        // The active is here and knows who would do.
        (keys.size === 0 || keys.has(instanceKey(instanceOf(answer)))),
    );
    const chosen = this.#best(candidates);
    if (chosen === undefined) {
      throw new ComputeError(
        "no-healthy-member",
        `none of the ${answers.length} members that answered can be the active`,
      );
    }
    if (answers.length < minInSync) {
      throw new ComputeError(
        "insufficient-copies",
        `${answers.length} members answered, fewer than ${minInSync}`,
      );
    }
    return chosen;
  }

  async #promoteRecorded(request: PromotionRequest, leases: LeaseWatch): Promise<Promoted> {
    const { config, nextTerm } = this.#parts;
    const found = await leases.look();
    if (found === undefined) {
      throw new ComputeError("no-in-sync-member", "there is no record of the group");
    }
    const { record, version } = found;
    const recorded = new Set(record.inSync.map(instanceKey));
    const { active, isActiveLost } = request;
    const isCandidate = (answer: PlacedDetails): boolean =>
      isPromotable(answer.details) &&
      recorded.has(instanceKey(instanceOf(answer))) &&
      (isActiveLost || answer.place.slot !== active?.slot);
    const answers = await this.#look(request.candidates);
    if (!answers.some(isCandidate)) {
      throw new ComputeError(
        "no-in-sync-member",
        `none of the ${recorded.size} members that hold everything answered`,
      );
    }
    const term = nextTerm([record.term, ...answers.map(({ details }) => details.seen)]);
    if (!(await this.#hasStepped(record, answers, term))) await leases.expire(found);
    const chosen = this.#best(answers.filter(isCandidate));
    if (chosen === undefined) throw new TypeError("there was a candidate");
    await leases.write(version, {
      term,
      active: instanceOf(chosen),
      // They hold what was acknowledged so far, and the new active waits for them or removes them.
      inSync: record.inSync,
      leaseMs: config.leaseMs,
      renewals: 0,
    });
    return await this.#promote(chosen, request.members, term);
  }

  /** Whether the recorded active certainly serves no more, asking it to step down. */
  async #hasStepped(
    { active, term: last }: TermRecord,
    answers: readonly PlacedDetails[],
    term: Term,
  ): Promise<boolean> {
    const found = answers.find((answer) => instanceKey(instanceOf(answer)) === instanceKey(active));
    if (found === undefined) return false;
    const [answer] = await this.#ask([found.place], term);
    if (answer === undefined || answer.details.instance !== active.instance) return false;
    return answer.details.role !== "active" && compareTerms(answer.details.seen, last) > 0;
  }

  async #promote(
    { place, details }: PlacedDetails,
    members: readonly MemberPlace[],
    term: Term,
    bootstrap = false,
  ): Promise<Promoted> {
    const { instance } = details;
    const payload = encodePromote({ instance, bootstrap, members });
    const { hosts, config } = this.#parts;
    const options = { deadlineMs: config.installTimeoutMs };
    const promoted = await hosts.command(place, term, "promote", payload, options);
    return { place, details: promoted, term };
  }

  /** Asks how members are; changes nothing, unless a later term than ours is about. */
  async #look(places: readonly MemberPlace[]): Promise<readonly PlacedDetails[]> {
    const later: Term[] = [];
    const answers = await this.#ask(places, this.#parts.term(), later);
    if (later.length === 0) return answers;
    return await this.#ask(places, this.#parts.nextTerm(later));
  }

  /** What members say under a term, of those that answer in time; `later` gets terms above it. */
  async #ask(
    places: readonly MemberPlace[],
    term: Term,
    later: Term[] = [],
  ): Promise<readonly PlacedDetails[]> {
    const { hosts } = this.#parts;
    const options = { deadlineMs: DEFAULT_STATUS_TIMEOUT_MS };
    const answers = await Promise.allSettled(
      places.map(async (place) => ({
        place,
        details: await hosts.command(place, term, "fence", new Uint8Array(0), options),
      })),
    );
    return answers.flatMap((answer) => {
      if (answer.status === "fulfilled") return [answer.value];
      if (isComputeError(answer.reason, "stale-term") && answer.reason.seen !== undefined) {
        later.push(answer.reason.seen.term);
      }
      return [];
    });
  }

  #best(candidates: readonly PlacedDetails[]): PlacedDetails | undefined {
    const { score = () => 0 } = this.#parts;
    return candidates.toSorted(
      (a, b) =>
        compareFreshness(b.details, a.details) ||
        score(b.place) - score(a.place) ||
        a.place.slot - b.place.slot,
    )[0];
  }
}

function instanceOf({ place, details }: PlacedDetails): InstanceId {
  return { slot: place.slot, incarnation: place.incarnation, instance: details.instance };
}
