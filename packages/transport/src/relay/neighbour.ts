import type { NodeId } from "@selvage/core";

import type { TransportLimits } from "../defaults.ts";
import type { ControlFrame, LooseFrame } from "../session/egress.ts";
import type { Allowance } from "./allowance.ts";
import { isRelayAddress } from "./relay-address.ts";
import { RouteDamping } from "./route-damping.ts";
import { type Hop, Standing } from "./route-table.ts";
import { RoutesHeard } from "./routes-heard.ts";

/** What relaying needs of a session. */
export interface RelaySession {
  readonly nodeId: NodeId;
  /** The address at which the peer is now. */
  readonly path: string;
  readonly isClosed: boolean;
  readonly isGoingAway: boolean;
  readonly liveness: { readonly responsive: boolean };
  /** Bytes of frames in the largest packet that its path takes. */
  readonly roomBytes: number;
  silenceMs(now: number): number;
  say(frame: ControlFrame): void;
  /** `false` if there is no room in the queue. */
  sayOnce(frame: LooseFrame): boolean;
  /** Its path leads over other relays now. */
  onRouteChange(): void;
  /** Its path takes no datagrams above `bytes`. */
  onPathLimit(bytes: number): void;
}

/** The limits that concern a neighbour. */
export type NeighbourLimits = Pick<TransportLimits, "failAfterMs" | "suspectAfterMs">;

/** A session and what it means for relaying: a next hop, if its path is direct. */
export class Neighbour implements Hop {
  readonly session: RelaySession;
  /** What its node is granted, on all its sessions. */
  readonly allowance: Allowance;
  readonly heard: RoutesHeard;
  /** Bytes in its queue for whom they are relayed. */
  readonly queued: Map<NodeId, number> = new Map();
  /** What it was told last, by destination, as text; only routes that were not withdrawn. */
  readonly told: Map<NodeId, string> = new Map();
  /** Destinations of which a word to it waits to be sent. */
  readonly waiting: Set<NodeId> = new Set();
  /** What it was told lately, and what it is not told yet. */
  readonly damping: RouteDamping = new RouteDamping();
  /** When the next word to it is repeated; `undefined`: not planned. */
  repeatAt: number | undefined;
  /** The session stands: the other end knows it too. */
  isAdmitted = false;
  isDirect = false;
  isLeaving = false;
  standing: Standing = Standing.none;
  /** The relays on its path, as text, if that is not direct. */
  via: string | undefined;
  /** The number of the last word to it. */
  sequence = 0;
  readonly #limits: NeighbourLimits;

  constructor(session: RelaySession, limits: NeighbourLimits, allowance: Allowance) {
    this.session = session;
    this.allowance = allowance;
    this.heard = new RoutesHeard(allowance);
    this.#limits = limits;
  }

  get nodeId(): NodeId {
    return this.session.nodeId;
  }

  /** Looks at the session anew; answers whether that changes what it is good for. */
  review(now: number): boolean {
    const { isDirect, isLeaving, standing } = this;
    this.isDirect = this.isAdmitted && !isRelayAddress(this.session.path);
    this.isLeaving = this.session.isGoingAway;
    this.standing = this.#standing(now);
    return isDirect !== this.isDirect || isLeaving !== this.isLeaving || standing !== this.standing;
  }

  #standing(now: number): Standing {
    const { session } = this;
    const silenceMs = session.silenceMs(now);
    if (!this.isDirect || session.isClosed || silenceMs >= this.#limits.failAfterMs) {
      return Standing.none;
    }
    const isGood = session.liveness.responsive && silenceMs < this.#limits.suspectAfterMs;
    return isGood ? Standing.good : Standing.doubtful;
  }
}
