import { type Clock, type NodeId, type Random, randomBetween, type Timer } from "@selvage/core";
import type { Peer, Transport } from "@selvage/transport";

import {
  DEFAULT_WARM_CANDIDATES,
  DEFAULT_WARM_MS,
  DEFAULT_WARM_SERVICES,
  MAX_WARM_DIALS,
} from "../defaults.ts";
import type { ProviderFilter, ProviderSource } from "./provider-filter.ts";
import type { ProviderHealth } from "./provider-health.ts";
import type { Provider } from "./provider.ts";
import { affinity, hashText, type TextHash } from "./rendezvous.ts";

/** When sessions are looked after, in milliseconds: drawn, so that callers do not act as one. */
const SOON_MS = [0, 100] as const;
const AFTER_CHANGE_MS = [250, 1_250] as const;
const WHILE_MISSING_MS = [1_000, 3_000] as const;

/** What keeping sessions works with. */
export interface WarmSessionsParts {
  readonly clock: Clock;
  readonly random: Random;
  readonly transport: Pick<Transport, "nodeId" | "peer">;
  readonly directory: ProviderSource;
  readonly health: ProviderHealth;
  /** Runs a function at every change of peers or providers. */
  readonly onChange: (fn: () => void) => Disposable;
  /** Makes a session; answers whether that succeeded. */
  readonly dial: (provider: Provider) => Promise<boolean>;
}

/** How a service was called last. */
interface Use {
  calledAt: number;
  version: string;
  filter: ProviderFilter | undefined;
}

/**
 * Keeps sessions with the best providers of the services that were called lately, so that a call
 * which must turn to the next one finds a session there. Lost ones are dialled again, never one
 * that is avoided for its failures: a failed dial is a failure too, so attempts become rarer.
 */
export class WarmSessions implements Disposable {
  readonly #parts: WarmSessionsParts;
  readonly #own: TextHash;
  readonly #uses: Map<string, Use> = new Map();
  readonly #dialling: Set<NodeId> = new Set();
  readonly #subscription: Disposable;
  #timer: Timer | undefined;
  #dueAt = Number.POSITIVE_INFINITY;

  constructor(parts: WarmSessionsParts) {
    this.#parts = parts;
    this.#own = hashText(parts.transport.nodeId);
    this.#subscription = parts.onChange(() => {
      if (this.#uses.size > 0) this.#reviewWithin(AFTER_CHANGE_MS);
    });
  }

  /** A service is called; `filter` narrows whom the call may go to. */
  called(service: string, version: string, filter: ProviderFilter | undefined): void {
    const calledAt = this.#parts.clock.now();
    const known = this.#uses.get(service);
    if (known !== undefined) {
      known.calledAt = calledAt;
      known.version = version;
      known.filter = filter;
      return;
    }
    if (this.#uses.size >= DEFAULT_WARM_SERVICES) this.#forgetOldest();
    this.#uses.set(service, { calledAt, version, filter });
    this.#reviewWithin(SOON_MS);
  }

  [Symbol.dispose](): void {
    this.#subscription[Symbol.dispose]();
    this.#timer?.[Symbol.dispose]();
    this.#uses.clear();
  }

  /** Looks after sessions at a drawn time, or earlier if that is planned. */
  #reviewWithin([atLeastMs, atMostMs]: readonly [number, number]): void {
    const { clock, random } = this.#parts;
    const waitMs = randomBetween(random, atLeastMs, atMostMs);
    const dueAt = clock.now() + waitMs;
    if (dueAt >= this.#dueAt) return;
    this.#timer?.[Symbol.dispose]();
    this.#dueAt = dueAt;
    this.#timer = clock.setTimeout(() => this.#review(), waitMs).unref();
  }

  #review(): void {
    this.#dueAt = Number.POSITIVE_INFINITY;
    const wanted = new Map<NodeId, Provider>();
    let isMissing = false;
    for (const [service, use] of this.#uses) {
      if (this.#parts.clock.now() - use.calledAt >= DEFAULT_WARM_MS) {
        this.#uses.delete(service);
        continue;
      }
      const candidates = this.#candidates(service, use);
      const best = this.#best(candidates);
      for (const provider of best) wanted.set(provider.nodeId, provider);
      const enough = Math.min(candidates.length, DEFAULT_WARM_CANDIDATES);
      isMissing ||= best.filter(({ nodeId }) => this.#isConnected(nodeId)).length < enough;
    }
    for (const provider of wanted.values()) this.#dial(provider);
    if (isMissing) this.#reviewWithin(WHILE_MISSING_MS);
  }

  #candidates(service: string, { version, filter }: Use): readonly Provider[] {
    const { directory, transport } = this.#parts;
    let all: readonly Provider[];
    try {
      all = filter?.apply(directory, service, version) ?? directory.compatible(service, version);
    } catch {
      // What `trust` throws, the next call will tell its caller.
      return [];
    }
    // No session is needed to call oneself.
    return all.filter(({ nodeId }) => nodeId !== transport.nodeId);
  }

  /**
   * The providers that calls would turn to, who are not avoided: by priority class, within it
   * first those with a session, then in an order that is this node's own.
   */
  #best(candidates: readonly Provider[]): readonly Provider[] {
    const best: Provider[] = [];
    for (const provider of candidates) {
      if (this.#isAvoided(provider.nodeId)) continue;
      const at = best.findIndex((other) => this.#isBetter(provider, other));
      if (at === -1) best.push(provider);
      else best.splice(at, 0, provider);
      best.length = Math.min(best.length, DEFAULT_WARM_CANDIDATES);
    }
    return best;
  }

  #isBetter(one: Provider, other: Provider): boolean {
    if (one.offer.priority !== other.offer.priority) {
      return one.offer.priority < other.offer.priority;
    }
    const isConnected = this.#isConnected(one.nodeId);
    if (isConnected !== this.#isConnected(other.nodeId)) return isConnected;
    return affinity(this.#own, one.nodeId) > affinity(this.#own, other.nodeId);
  }

  #isAvoided(nodeId: NodeId): boolean {
    const peer = this.#parts.transport.peer(nodeId);
    const isSilent = peer?.state === "unresponsive" || peer?.state === "suspected";
    return isSilent || peer?.isGoingAway === true || this.#parts.health.share(nodeId) === 0;
  }

  #isConnected(nodeId: NodeId): boolean {
    return isUsable(this.#parts.transport.peer(nodeId));
  }

  #dial(provider: Provider): void {
    const { nodeId } = provider;
    if (this.#isConnected(nodeId) || this.#dialling.has(nodeId)) return;
    if (this.#dialling.size >= MAX_WARM_DIALS) return;
    this.#dialling.add(nodeId);
    void this.#parts.dial(provider).then((succeeded) => {
      this.#dialling.delete(nodeId);
      if (!succeeded) this.#parts.health.verdict(nodeId);
    });
  }

  #forgetOldest(): void {
    let oldest: string | undefined;
    let calledAt = Number.POSITIVE_INFINITY;
    for (const [service, use] of this.#uses) {
      if (use.calledAt < calledAt) [oldest, calledAt] = [service, use.calledAt];
    }
    if (oldest !== undefined) this.#uses.delete(oldest);
  }
}

const isUsable = (peer: Peer | undefined): boolean =>
  peer !== undefined && peer.state !== "failed" && !peer.isGoingAway;
