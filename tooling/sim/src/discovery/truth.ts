import type { NodeId } from "@selvage/core";
import type { Simulation } from "@selvage/testing";
import type { Peer } from "@selvage/transport";

import type { Links } from "../world/links.ts";
import { Steady } from "../world/steady.ts";
import type { Member } from "./member.ts";

/** Whom the truth is about. */
export interface TruthParts {
  readonly sim: Simulation;
  readonly links: Links;
  readonly members: ReadonlyMap<string, Member>;
}

/** What an onlooker knows who sees everything: since when each member works without a break. */
export class Truth {
  readonly #parts: TruthParts;
  readonly #well: Steady;

  constructor(parts: TruthParts) {
    this.#parts = parts;
    this.#well = new Steady(() => parts.sim.now);
  }

  /** Takes note of how things are now. */
  look(): void {
    for (const member of this.#parts.members.values()) {
      this.#well.note(`${member.name} ${member.life}`, member.isWell);
    }
  }

  /** Whether the present process of a member has worked for the last `ms` milliseconds. */
  hasBeenWell(member: Member, ms: number): boolean {
    return member.isWell && this.#well.heldFor(`${member.name} ${member.life}`, ms);
  }

  /** Whether two have been well, and their links good, for the last `ms` milliseconds. */
  wereInReach(a: Member, b: Member, ms: number): boolean {
    return this.hasBeenWell(a, ms) && this.hasBeenWell(b, ms) && this.wasLinkGood(a, b, ms);
  }

  /** Whether the link between two has been good for the last `ms` milliseconds. */
  wasLinkGood(a: Member, b: Member, ms: number): boolean {
    const { sim, links } = this.#parts;
    return links.isGoodSince(a.name, b.name, sim.now - ms);
  }
}

/** Whether the present processes of two members have a working session with each other. */
export const areInTouch = (a: Member, b: Member): boolean => hears(a, b) && hears(b, a);

const hears = (at: Member, of: Member): boolean => {
  const peer = peerOf(at, of.nodeId);
  return peer?.state === "responsive" && peer.bootId === of.current?.bootId;
};

const peerOf = (at: Member, nodeId: NodeId): Peer | undefined =>
  at.process?.peers().find((peer) => peer.nodeId === nodeId);
