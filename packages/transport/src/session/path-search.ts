import type { NodeId } from "@selvage/core";

import { BASE_DATAGRAM_BYTES, RELAYED_DATAGRAM_BYTES } from "../defaults.ts";
import { PACKET_OVERHEAD_BYTES } from "../packet/header.ts";
import { isRelayAddress, relayedNode } from "../relay/relay-address.ts";
import { MtuSearch } from "./mtu-search.ts";
import { Paths } from "./paths.ts";
import type { SessionHost } from "./session-host.ts";
import type { SessionParts } from "./session-parts.ts";

/** How often a better way than the present one is looked for, in milliseconds; doubles. */
const BETTER_AFTER_MS = 2_000;
/** The longest pause between two looks for a better way, in milliseconds. */
const MAX_BETTER_AFTER_MS = 60_000;

/** What a path search needs of its session. */
export interface PathSearchOwner {
  ptoMs(): number;
  sendOn(address: string, payload: Uint8Array): void;
  onPathChange(rttMs: number | undefined): void;
}

const baseBytes = (address: string): number =>
  isRelayAddress(address) ? RELAYED_DATAGRAM_BYTES : BASE_DATAGRAM_BYTES;

/**
 * Which ways to a peer there are, and when to look for another: at once when the present one is
 * silent, now and then when it leads through a relay.
 */
export class PathSearch {
  readonly paths: Paths;
  readonly #host: SessionHost;
  readonly #nodeId: NodeId;
  #from = "";
  #bytes = 0;
  #asked: Uint8Array | undefined;
  #betterAt = Number.POSITIVE_INFINITY;
  #betterAfterMs = BETTER_AFTER_MS;
  #changes = 0;

  constructor(
    host: SessionHost,
    { path, peer }: Pick<SessionParts, "path" | "peer">,
    owner: PathSearchOwner,
  ) {
    this.#host = host;
    this.#nodeId = peer.nodeId;
    this.paths = new Paths(
      {
        entropy: host.entropy,
        ptoMs: owner.ptoMs,
        sendOn: owner.sendOn,
        roomTo: (address) => baseBytes(address) - PACKET_OVERHEAD_BYTES,
        candidates: () => host.waysTo(peer),
        isBetter: (one, other) => !isRelayAddress(one) && isRelayAddress(other),
        onPathChange: (rttMs) => {
          this.#changes++;
          this.#betterAfterMs = BETTER_AFTER_MS;
          this.#planBetter(host.clock.now());
          owner.onPathChange(rttMs);
        },
      },
      path,
    );
    this.#planBetter(host.clock.now());
  }

  /** How often the path has changed. */
  get changes(): number {
    return this.#changes;
  }

  get current(): string {
    return this.paths.current;
  }

  /** The search for the largest datagram on the present path, from its start. */
  mtuSearch(): MtuSearch {
    const { current } = this;
    return new MtuSearch(baseBytes(current), this.#host.maxDatagramBytesTo(current));
  }

  onPacket(now: number, from: string, bytes: number, moves: boolean): void {
    this.#from = from;
    this.#bytes = bytes;
    // Whoever passes a packet on may claim any source: a peer is only where it is the source.
    const isElsewhere = isRelayAddress(from) && relayedNode(from) !== this.#nodeId;
    this.paths.onPacket(now, from, bytes, moves && !isElsewhere);
  }

  /** A challenge in the packet that arrived last; a view. */
  onChallenge(data: Uint8Array): void {
    this.#asked = data;
  }

  /** Answers what the packet asked: once, whatever it holds, or it would be worth forging. */
  answer(): void {
    const asked = this.#asked;
    if (asked === undefined) return;
    this.#asked = undefined;
    this.paths.onChallenge(this.#from, asked, this.#bytes - PACKET_OVERHEAD_BYTES);
  }

  onResponse(now: number, data: Uint8Array): void {
    this.paths.onResponse(now, data);
  }

  /** The present path has been silent since then. */
  seek(now: number, silentSince: number): void {
    this.paths.seek(now, silentSince);
  }

  /** When {@link step} has something to do. */
  get nextAt(): number {
    return Math.min(this.#betterAt, this.paths.nextAt);
  }

  step(now: number): void {
    this.paths.step(now);
    if (now < this.#betterAt) return;
    this.paths.seekBetter(now);
    this.#betterAfterMs = Math.min(MAX_BETTER_AFTER_MS, this.#betterAfterMs * 2);
    this.#planBetter(now);
  }

  #planBetter(now: number): void {
    this.#betterAt = isRelayAddress(this.current)
      ? now + this.#betterAfterMs
      : Number.POSITIVE_INFINITY;
  }
}
