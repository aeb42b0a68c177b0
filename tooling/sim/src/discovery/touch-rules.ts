import type { ViolationLog } from "../violations.ts";
import { Steady } from "../world/steady.ts";
import type { Life } from "./life.ts";
import type { Member } from "./member.ts";
import { SETTLED_MS } from "./times.ts";
import type { Truth } from "./truth.ts";
import type { Viewpoint } from "./viewpoint.ts";

/** What the rules about peers are checked on. */
export interface TouchRuleParts {
  readonly now: () => number;
  readonly log: ViolationLog;
  readonly truth: Truth;
  readonly members: ReadonlyMap<string, Member>;
}

/** Who talks with a node does not hide it. */
export class TouchRules {
  readonly #parts: TouchRuleParts;
  readonly #inTouch: Steady;

  constructor(parts: TouchRuleParts) {
    this.#parts = parts;
    this.#inTouch = new Steady(parts.now);
  }

  /** Looks at the peers of one process. */
  look(viewpoint: Viewpoint): void {
    const { log, truth, members } = this.#parts;
    const { life } = viewpoint;
    const { member, mesh } = life;
    const states = new Map(mesh.peers().map((peer) => [peer.nodeId, peer]));
    for (const other of members.values()) {
      const peer = states.get(other.nodeId);
      const process = other.working;
      const isAlive = process !== undefined && peer !== undefined && peer.bootId === process.bootId;
      const key = `${nameOf(life)} ${other.name} ${other.life}`;
      this.#inTouch.note(key, isAlive && peer.state === "responsive");
      if (
        isAlive &&
        viewpoint.isHidden(other.nodeId) &&
        this.#inTouch.heldFor(key, SETTLED_MS) &&
        truth.wereInReach(member, other, SETTLED_MS)
      ) {
        log.add("stays-hidden", `${member.name} hides its peer ${other.name}`);
      }
    }
  }
}

const nameOf = ({ member }: Life): string => `${member.name} ${member.life}`;
