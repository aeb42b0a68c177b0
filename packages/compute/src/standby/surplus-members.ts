import type { Logger, NodeId } from "@selvage/core";

import type { Term } from "../daemon/term.ts";
import { DEFAULT_STATUS_TIMEOUT_MS } from "../defaults.ts";
import { encodeHistory } from "./message-codec.ts";
import type { PlacedDetails, StandbyHosts } from "./standby-hosts.ts";
import { isSamePlace, type MemberPlace, type StandbyDetails } from "./standby-messages.ts";

/** What {@link SurplusMembers} work with. */
export interface SurplusParts {
  readonly hosts: StandbyHosts;
  readonly logger: Logger;
  readonly term: () => Term;
  readonly isFailed: (nodeId: NodeId) => boolean;
}

const OPTIONS = { deadlineMs: DEFAULT_STATUS_TIMEOUT_MS };

/** Instances whose slot is elsewhere by now, until they are gone. */
export class SurplusMembers {
  readonly #parts: SurplusParts;
  #places: readonly MemberPlace[];

  constructor(parts: SurplusParts, places: readonly MemberPlace[]) {
    this.#parts = parts;
    this.#places = places;
  }

  get places(): readonly MemberPlace[] {
    return this.#places;
  }

  add(place: MemberPlace): void {
    if (!this.#places.some((known) => isSamePlace(known, place))) {
      this.#places = [...this.#places, place];
    }
  }

  /** It is a member again. */
  take(place: MemberPlace): void {
    this.#places = this.#places.filter((known) => !isSamePlace(known, place));
  }

  /** Removes those that have nothing to hand over, which may be done at any time. */
  async removeEmpty(): Promise<void> {
    await this.#each(async (place, found) => {
      const role = found?.details.role;
      if (role === "blank" || role === "retired") await this.#remove(place);
      else if (found !== undefined) return false;
      return true;
    });
  }

  /**
   * Removes all of them, once the group serves without them: what they have and the active has not
   * they leave behind as a report.
   */
  async sweep({ history, inSync }: StandbyDetails): Promise<void> {
    await this.#each(async (place, found) => {
      const isCounted = inSync.some(
        ({ slot, incarnation }) => slot === place.slot && incarnation === place.incarnation,
      );
      if (isCounted) return false;
      if (found === undefined) return true;
      const { hosts, term } = this.#parts;
      await hosts.command(place, term(), "hand-over", encodeHistory(history), OPTIONS);
      await this.#remove(place);
      return true;
    });
  }

  /** Looks at those that can be reached; `act` says whether one is gone. */
  async #each(
    act: (place: MemberPlace, found: PlacedDetails | undefined) => Promise<boolean>,
  ): Promise<void> {
    const { hosts, logger, term, isFailed } = this.#parts;
    for (const place of this.#places) {
      if (isFailed(place.nodeId)) continue;
      try {
        const members = await hosts.status(place.nodeId, term(), OPTIONS);
        const found = members.find((member) => isSamePlace(member.place, place));
        if (await act(place, found)) this.take(place);
      } catch (error) {
        logger.debug("a replaced member is still there", { slot: place.slot, error });
      }
    }
  }

  async #remove(place: MemberPlace): Promise<void> {
    await this.#parts.hosts.remove(place, this.#parts.term(), OPTIONS);
  }
}
