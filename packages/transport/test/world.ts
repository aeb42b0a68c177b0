import type { NodeId } from "@selvage/core";
import { Identity } from "@selvage/identity";
import { createSimulation, type LinkConfig, type SimNode, type Simulation } from "@selvage/testing";

import {
  createTransport,
  type MessageStream,
  type Peer,
  type PeerEvent,
  type Transport,
  type TransportConfig,
} from "../src/index.ts";

/** The pre-shared key of the worlds below. */
export const PSK: Uint8Array = new Uint8Array(32).fill(9);
/** The protocol number of the streams below. */
export const ECHO = 1;

/** A simulated node with a transport, and what it noticed. */
export interface Station {
  readonly node: SimNode;
  readonly transport: Transport;
  /** Events so far, as `type nodeId-prefix`-free types in order. */
  readonly events: readonly PeerEvent["type"][];
  /** When each event came, in virtual milliseconds. */
  readonly eventTimes: readonly number[];
}

/** What can differ between stations. */
export interface StationConfig extends Partial<TransportConfig> {
  /** Two stations of one name and seed are one identity. */
  readonly identity?: Identity;
  readonly receiveBufferBytes?: number;
}

/** Stations in one simulation. */
export class TransportWorld {
  readonly sim: Simulation;

  constructor(seed: number | string = 1, link: LinkConfig = {}) {
    this.sim = createSimulation({ seed, link: { latencyMs: 2, ...link } });
  }

  /** Adds a node, or starts the next life of one. */
  start(node: SimNode | string, config: StationConfig = {}): Station {
    const life = typeof node === "string" ? this.sim.node(node) : node;
    const { identity = identityOf(life.name), receiveBufferBytes, ...rest } = config;
    const { clock, entropy } = life;
    const driver = life.bind({ port: 7_000, receiveBufferBytes });
    const transport = createTransport({ driver, identity, clock, entropy }, { psk: PSK, ...rest });
    const events: PeerEvent["type"][] = [];
    const eventTimes: number[] = [];
    transport.onPeer(({ type }) => {
      events.push(type);
      eventTimes.push(this.sim.now);
    });
    return { node: life, transport, events, eventTimes };
  }

  /** Runs code of a station to its end, letting time pass. */
  act<T>(station: Station, fn: () => T | PromiseLike<T>, limitMs?: number): Promise<T> {
    return this.sim.settle(this.sim.run(station.node, fn), limitMs);
  }

  /** Starts code of a station without letting time pass; gives what it returns or throws. */
  begin(station: Station, fn: () => unknown): Promise<unknown> {
    return this.sim.run(station.node, async () => {
      try {
        return await fn();
      } catch (error) {
        return error;
      }
    });
  }

  /** What code of a station throws; fails if it does not. */
  async failure(station: Station, fn: () => unknown, limitMs?: number): Promise<unknown> {
    return await this.act(
      station,
      async () => {
        try {
          await fn();
        } catch (error) {
          return error;
        }
        throw new Error("nothing was thrown");
      },
      limitMs,
    );
  }

  /** The session from one station to another. */
  connect(from: Station, to: Station, nodeId?: NodeId): Promise<Peer> {
    return this.act(from, () => from.transport.connect({ address: to.transport.address, nodeId }));
  }

  /** Two connected stations, of which `b` echoes. */
  async pair(config: { readonly a?: StationConfig; readonly b?: StationConfig } = {}): Promise<{
    readonly a: Station;
    readonly b: Station;
    readonly peer: Peer;
  }> {
    const a = this.start("a", config.a);
    const b = this.start("b", config.b);
    serveEcho(b);
    return { a, b, peer: await this.connect(a, b) };
  }
}

/** The identity that a station of this name has in every world. */
export function identityOf(name: string): Identity {
  const seed = new Uint8Array(32);
  seed.set(new TextEncoder().encode(name.slice(0, 32)));
  return Identity.fromSeed(seed);
}

/** Two identities, the one with the lower node id first. */
export function orderedIdentities(): readonly [Identity, Identity] {
  const [one, other] = [identityOf("one"), identityOf("other")];
  return one.nodeId < other.nodeId ? [one, other] : [other, one];
}

/** Answers each message with itself, and ends when the peer does. */
export function serveEcho({ transport }: Station, protocol: number = ECHO): void {
  serveEchoOn(transport, protocol);
}

/** {@link serveEcho} without a simulation. */
export function serveEchoOn(transport: Transport, protocol: number = ECHO): void {
  transport.serve(protocol, (stream) => void echo(stream));
}

async function echo(stream: MessageStream): Promise<void> {
  try {
    for (;;) {
      const message = await stream.receive();
      if (message === undefined) break;
      await stream.sendBlocking(message);
    }
    stream.end();
  } catch {
    // The stream is over for whatever reason; the test looks at the other end.
  }
}

/** One message there and back, on a stream of its own. */
export async function askEcho(peer: Peer, message: Uint8Array): Promise<Uint8Array> {
  const stream = peer.openStream(ECHO, { watched: true });
  await stream.sendBlocking(message);
  stream.end();
  const answer = await stream.receive();
  if (answer === undefined) throw new Error("no answer");
  return answer;
}

/** Text as a message. */
export const text = (content: string): Uint8Array => new TextEncoder().encode(content);

/** A message as text. */
export const readable = (message: Uint8Array | undefined): string | undefined =>
  message && new TextDecoder().decode(message);

/** Bytes whose place and length show. */
export function pattern(length: number): Uint8Array {
  const bytes = new Uint8Array(length);
  for (let i = 0; i < length; i++) bytes[i] = (i * 31 + (i >>> 8) + length) & 0xff;
  return bytes;
}

/** A copy with one bit changed. */
export function withBitFlipped(bytes: Uint8Array, bit: number): Uint8Array {
  const at = bit >>> 3;
  return bytes.with(at, (bytes[at] ?? 0) ^ (1 << (bit & 7)));
}

/** Whether two messages are the same; unlike a matcher, it is quick about long ones. */
export function same(one: Uint8Array | undefined, other: Uint8Array): boolean {
  return one !== undefined && Buffer.compare(one, other) === 0;
}
