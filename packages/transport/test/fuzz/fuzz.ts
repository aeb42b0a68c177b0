import { fromHex, pick, randomInt } from "@selvage/core";
import { defaultProvider } from "@selvage/identity";
import type { SeededRandom, SimNode } from "@selvage/testing";
import { expect } from "vitest";

import { derivePskKeys, sealMac } from "../../src/handshake/psk-keys.ts";
import type { TransportStats } from "../../src/index.ts";
import { PacketType } from "../../src/packet/header.ts";
import { RawPeer } from "../raw-peer.ts";
import { askEcho, identityOf, pattern, PSK, same, serveEcho, TransportWorld } from "../world.ts";
import { FrameSource } from "./frames.ts";
import { mutate } from "./mutate.ts";

/** Packets sent within one turn of the attacker. */
const BURST = 4;
/** Packets between two calls of the honest peer. */
const CALL_EVERY = 500;
const REASSEMBLY_BYTES = 1_000_000;

/** What a run showed. */
export interface FuzzResult {
  /** Packets made from a session's keys, whole or mutated before they were sealed. */
  readonly sealed: number;
  readonly mutatedBeforeSealing: number;
  readonly mutatedAfterSealing: number;
  readonly sessions: number;
  /** Calls of an honest peer meanwhile, all answered and right. */
  readonly calls: number;
  readonly stats: TransportStats;
  /** What was left once everybody had gone. */
  readonly after: TransportStats;
}

/** Somebody who has the keys and no good intentions. */
class Attacker {
  readonly node: SimNode;
  readonly #target: string;
  readonly #random: SeededRandom;
  readonly #frames: FrameSource;
  readonly #sent: Uint8Array[] = [];
  readonly #pskKeys = derivePskKeys(defaultProvider(), PSK);
  readonly counts = { sealed: 0, before: 0, after: 0, sessions: 0 };
  #raw: RawPeer;

  constructor(node: SimNode, target: string, random: SeededRandom, nodeIds: readonly Uint8Array[]) {
    this.node = node;
    this.#target = target;
    this.#random = random;
    this.#frames = new FrameSource(random, nodeIds);
    this.#raw = new RawPeer(node, {}, defaultProvider());
    this.#raw.onTransmit = (datagram) => this.#remember(datagram);
  }

  /** The session is gone; there must be another one. */
  async dial(): Promise<void> {
    this.counts.sessions++;
    await this.#raw.dial(this.#target);
  }

  get hasSession(): boolean {
    return this.#raw.hasSession;
  }

  burst(): void {
    for (let i = 0; i < BURST; i++) {
      const kind = this.#random.next();
      if (kind < 0.25) this.#seal(this.#frames.payload());
      else if (kind < 0.8) {
        this.counts.before++;
        this.#seal(mutate(this.#frames.payload(), this.#random));
      } else this.#sendDamaged(kind);
    }
  }

  #seal(payload: Uint8Array): void {
    this.counts.sealed++;
    this.#raw.send(payload);
  }

  /** A packet that was sent before, or one of a handshake, with something wrong about it. */
  #sendDamaged(kind: number): void {
    this.counts.after++;
    const earlier = pick(this.#random, this.#sent);
    if (earlier === undefined) return;
    const damaged = mutate(earlier, this.#random);
    if (kind > 0.9 && damaged.length > 18 && damaged[0] !== PacketType.data) {
      // A member's: the mac is right, what it covers is not.
      sealMac(defaultProvider(), this.#pskKeys, damaged);
    }
    this.#raw.transmit(damaged, this.#target);
  }

  #remember(datagram: Uint8Array): void {
    // All kinds of handshake packets, and the newest of the others.
    if (this.#sent.length < 64) this.#sent.push(datagram.slice());
    else this.#sent[randomInt(this.#random, 64)] = datagram.slice();
  }
}

/** Sends so many bad packets to a node that serves somebody honest meanwhile. */
export async function fuzz(seed: number, packets: number): Promise<FuzzResult> {
  const world = new TransportWorld(seed);
  const b = world.start("b", {
    limits: {
      maxOpenStreams: 64,
      maxMessageBytes: 100_000,
      reassemblyBudgetBytes: REASSEMBLY_BYTES,
    },
  });
  serveEcho(b);
  const honest = world.start("honest");
  const peer = await world.connect(honest, b);
  const node = world.sim.node("attacker");
  const nodeIds = ["b", "honest", "attacker"].map((name) => fromHex(identityOf(name).nodeId));
  const attacker = new Attacker(node, b.transport.address, world.sim.random.split("fuzz"), nodeIds);
  let calls = 0;
  for (let sent = 0; sent < packets; sent += BURST) {
    if (!attacker.hasSession) await world.sim.settle(world.sim.run(node, () => attacker.dial()));
    await world.sim.run(node, () => attacker.burst());
    await world.sim.runFor(4);
    if (sent % CALL_EVERY !== 0) continue;
    const message = pattern(randomInt(world.sim.random.split(`call ${sent}`), 5_000));
    if (!same(await world.act(honest, () => askEcho(peer, message)), message)) {
      throw new Error(`a wrong answer after ${sent} packets`);
    }
    calls++;
  }
  const stats = b.transport.stats();
  world.sim.kill(node);
  await world.act(honest, () => honest.transport.close());
  await world.sim.runFor(120_000);
  const { sealed, before, after, sessions } = attacker.counts;
  return {
    sealed,
    mutatedBeforeSealing: before,
    mutatedAfterSealing: after,
    sessions,
    calls,
    stats,
    after: b.transport.stats(),
  };
}

/** Everything that can be wrong with a packet by itself was met, and counted; nothing was left. */
export function expectHarmless({ stats, after }: FuzzResult): void {
  expect(Object.keys(stats.violations)).toEqual(
    expect.arrayContaining([
      "ack-of-unsent",
      "ack-ranges",
      "excess-credit",
      "flow-control",
      "integer-range",
      "stream-limit",
      "stream-state",
      "truncated",
      "unknown-frame",
    ]),
  );
  expect(Object.keys(stats.dropped)).toEqual(
    expect.arrayContaining([
      "handshake-malformed",
      "handshake-stale",
      "stranger",
      "too-short",
      "unknown-session",
      "unknown-type",
      "unknown-version",
    ]),
  );
  expect(stats.relay.forwarded).toBeGreaterThan(0);
  expect(Object.keys(stats.relay.dropped).length).toBeGreaterThan(1);
  expect(Object.keys(stats.relay.routesIgnored).length).toBeGreaterThan(0);
  expect(after).toMatchObject({ sessions: 0, streams: 0, peers: 0, pendingHandshakes: 0 });
  expect(after.relay.routes).toBe(0);
  expect(after.reassemblyFreeBytes).toBe(REASSEMBLY_BYTES);
}
