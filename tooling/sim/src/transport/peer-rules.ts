import type { Simulation } from "@selvage/testing";
import type { Peer, PeerEvent } from "@selvage/transport";

import type { Metrics } from "../metrics.ts";
import type { ViolationLog } from "../violations.ts";
import type { Links } from "../world/links.ts";
import type { Station } from "./station.ts";
import { DEAF_MS, GOODBYE_MS, HEARD_MS, SETTLED_MS } from "./times.ts";
import type { Truth } from "./truth.ts";

/** What the rules about peers need to know. */
export interface PeerRuleParts {
  readonly sim: Simulation;
  readonly log: ViolationLog;
  readonly metrics: Metrics;
  readonly truth: Truth;
  readonly links: Links;
}

/** Rules about whom a node takes for dead, and whom for alive. */
export class PeerRules {
  readonly #parts: PeerRuleParts;
  /** Who was found to trust in somebody who is gone. */
  readonly #trusting: Set<string> = new Set();

  constructor(parts: PeerRuleParts) {
    this.#parts = parts;
  }

  /** A station was told something about a peer. */
  onEvent(station: Station, { type, peer }: PeerEvent): void {
    const { sim, metrics, truth, log } = this.#parts;
    metrics.count(`events.${type}`);
    const other = this.#neighbours(station).find(({ nodeId }) => nodeId === peer.nodeId);
    sim.note(`${station.name} hears that ${other?.name ?? peer.nodeId} is ${type}`);
    // What died is rightly given up, though another process runs in its place by now.
    if (type !== "failed" || other === undefined || !station.knows(other)) return;
    const since = truth.togetherSince(station.name, other.name);
    if (since === undefined || since > sim.now - SETTLED_MS) return;
    log.add(
      "false-failed",
      `${other.name} counts as failed to ${station.name}, though both are well since ${since}`,
    );
  }

  /** Looks for peers that count as alive and are not. */
  look(): void {
    const { truth, log } = this.#parts;
    for (const { a, b } of truth.pairs) {
      for (const [listener, other] of [
        [a, b],
        [b, a],
      ] as const) {
        const state = listener.transport?.peer(other.nodeId)?.state;
        if (state === undefined || state === "failed") continue;
        const key = `${listener.name}/${listener.life} ${other.name}`;
        if (!truth.wasDeafFor(listener, other, DEAF_MS) || this.#trusting.has(key)) continue;
        this.#trusting.add(key);
        log.add(
          "unnoticed",
          `${other.name} is ${state} to ${listener.name}, which hears nothing of it for ${DEAF_MS} ms`,
        );
      }
    }
  }

  /** A station begins to close; answers what to call when it has. */
  onClosing(station: Station): () => void {
    const { sim, links, log } = this.#parts;
    const sinceMs = sim.now - HEARD_MS;
    // What is said through relays depends on more than is looked at here.
    const listeners = this.#neighbours(station).filter(
      ({ nodeId, transport }) =>
        isNear(station.transport?.peer(nodeId)) && isNear(transport?.peer(station.nodeId)),
    );
    const before = listeners.map(({ state }) => state);
    return () => {
      const heard = listeners.filter(
        (listener, i) =>
          listener.state === before[i] &&
          listener.isWell &&
          Math.max(listener.reboundAt, station.reboundAt) <= sinceMs &&
          links.isGoodSince(listener.name, station.name, sinceMs),
      );
      const { life } = station;
      sim.after(GOODBYE_MS, () => {
        for (const { name, transport } of heard) {
          if (station.life !== life || transport?.peer(station.nodeId) === undefined) continue;
          log.add("unnoticed", `${station.name} said goodbye to ${name} ${GOODBYE_MS} ms ago`);
        }
      });
    };
  }

  #neighbours(station: Station): readonly Station[] {
    return this.#parts.truth.pairs.flatMap(({ a, b }) => {
      if (a === station) return [b];
      return b === station ? [a] : [];
    });
  }
}

const isNear = (peer: Peer | undefined): boolean =>
  peer !== undefined && peer.state === "responsive" && !peer.isRelayed;
