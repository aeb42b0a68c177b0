import type { NodeId } from "@selvage/core";

/** The part of a message that must arrive within every stall time: it is whole after so many. */
const STEPS = 32;
/** The part of the budget that one node may hold, unless it is for a single message. */
const NODE_SHARE = 0.5;

/** A share of the budget, or a place in the queue for it. */
export interface ReassemblyClaim {
  /** So many further bytes of the claim's message arrived. */
  progress(bytes: number): void;
  /** The message is whole: it now waits for our own application, which may take its time. */
  complete(): void;
  /** Gives the share (or the place) back. Idempotent. */
  release(): void;
}

interface OpenClaim extends ReassemblyClaim {
  readonly bytes: number;
  readonly onGranted: () => void;
  readonly onStalled: () => void;
  /** Bytes that must still arrive until {@link deadline}. */
  missing: number;
  /** When the share is taken back. */
  deadline: number;
}

/** What one node has, and waits for. */
interface Claimant {
  held: number;
  readonly waiting: Set<OpenClaim>;
}

/**
 * Memory for messages larger than a stream's window, shared by all sessions of a node: whole
 * messages, the nodes at the other ends in turn, first come first served within each. A message
 * that holds its share must arrive in reasonable time, or loses it: no node keeps it from others.
 */
export class ReassemblyBudget {
  readonly #stallMs: number;
  readonly #now: () => number;
  readonly #maxHeld: number;
  readonly #granted: Set<OpenClaim> = new Set();
  /** In the order of their turns. */
  readonly #claimants: Map<NodeId, Claimant> = new Map();
  #free: number;

  constructor(bytes: number, stallMs: number, now: () => number) {
    this.#free = bytes;
    this.#maxHeld = bytes * NODE_SHARE;
    this.#stallMs = stallMs;
    this.#now = now;
  }

  /** Bytes not given to any message. */
  get freeBytes(): number {
    return this.#free;
  }

  /**
   * Asks for `bytes` for a message of a node; `onGranted` runs as soon as they are there, possibly
   * before this returns. `onStalled` runs when the share is taken back for lack of progress.
   */
  claim(
    nodeId: NodeId,
    bytes: number,
    onGranted: () => void,
    onStalled: () => void,
  ): ReassemblyClaim {
    const claimant = this.#claimants.get(nodeId) ?? { held: 0, waiting: new Set() };
    this.#claimants.set(nodeId, claimant);
    const claim: OpenClaim = {
      bytes,
      onGranted,
      onStalled,
      missing: 0,
      deadline: 0,
      progress: (arrived) => {
        claim.missing -= arrived;
        if (claim.missing <= 0) this.#demandStep(claim);
      },
      complete: () => {
        claim.deadline = Number.POSITIVE_INFINITY;
      },
      release: () => {
        if (this.#granted.delete(claim)) {
          this.#free += bytes;
          claimant.held -= bytes;
        } else if (!claimant.waiting.delete(claim)) return;
        if (claimant.held === 0 && claimant.waiting.size === 0) this.#claimants.delete(nodeId);
        this.#grant();
      },
    };
    claimant.waiting.add(claim);
    this.#grant();
    return claim;
  }

  /** Takes shares back from messages that stopped arriving; called now and then. */
  reclaim(): void {
    const now = this.#now();
    for (const claim of [...this.#granted]) {
      if (claim.deadline > now) continue;
      claim.onStalled();
      claim.release();
    }
  }

  #grant(): void {
    for (;;) {
      const next = this.#next();
      // Whoever is next and does not fit is waited for: small messages must not starve large ones.
      if (next === undefined || next.claim.bytes > this.#free) return;
      const { nodeId, claimant, claim } = next;
      claimant.waiting.delete(claim);
      claimant.held += claim.bytes;
      this.#claimants.delete(nodeId);
      this.#claimants.set(nodeId, claimant);
      this.#free -= claim.bytes;
      this.#granted.add(claim);
      this.#demandStep(claim);
      claim.onGranted();
    }
  }

  /** The first claim of the node whose turn it is, of those that may hold more. */
  #next(): { nodeId: NodeId; claimant: Claimant; claim: OpenClaim } | undefined {
    for (const [nodeId, claimant] of this.#claimants) {
      const [claim] = claimant.waiting;
      if (claim === undefined) continue;
      if (claimant.held === 0 || claimant.held + claim.bytes <= this.#maxHeld) {
        return { nodeId, claimant, claim };
      }
    }
    return undefined;
  }

  #demandStep(claim: OpenClaim): void {
    claim.missing = claim.bytes / STEPS;
    claim.deadline = this.#now() + this.#stallMs;
  }
}
