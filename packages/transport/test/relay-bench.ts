import type { NodeId } from "@selvage/core";
import { ManualClock } from "@selvage/testing";

import { resolveLimits, type TransportLimits } from "../src/defaults.ts";
import { ByteReader, ByteWriter } from "../src/packet/bytes-io.ts";
import { FrameType } from "../src/packet/frames.ts";
import type { RelaySession } from "../src/relay/neighbour.ts";
import { readRelay, readRelayLimit, readRoute, type RouteWord } from "../src/relay/relay-frames.ts";
import { type RelayConfig, Relays } from "../src/relay/relays.ts";
import type { ControlFrame } from "../src/session/control-queue.ts";
import type { LooseFrame } from "../src/session/egress.ts";
import { identityOf } from "./world.ts";

/** A packet that arrived through relays. */
export interface Arrival {
  readonly from: string;
  readonly source: string;
  readonly bytes: readonly number[];
}

/** One direction of a link: a session as relaying sees it, whose frames the bench carries. */
export class BenchSession implements RelaySession {
  readonly owner: BenchNode;
  readonly nodeId: NodeId;
  path = "10.0.0.1:1";
  isClosed = false;
  isGoingAway = false;
  readonly liveness = { responsive: true };
  silence = 0;
  roomBytes = 1_170;
  /** Frames on their way to the other end, as bytes. */
  readonly wire: { readonly bytes: Uint8Array; readonly frame: ControlFrame | LooseFrame }[] = [];
  /** How often its path turned out to lead over other relays. */
  reroutes = 0;
  /** The last limit of its path. */
  limit: number | undefined;
  other: BenchSession | undefined;
  /** Its window is full: what is said once waits. */
  isHeldUp = false;
  #held: LooseFrame[] = [];

  constructor(owner: BenchNode, nodeId: NodeId) {
    this.owner = owner;
    this.nodeId = nodeId;
  }

  silenceMs(): number {
    return this.silence;
  }

  say(frame: ControlFrame): void {
    // As in a packet, the frame is written when it leaves: at the end of the turn.
    this.owner.clock.endOfTurn(() => this.#write(frame, frame.maxBytes));
  }

  sayOnce(frame: LooseFrame): boolean {
    if (this.isHeldUp) this.#held.push(frame);
    else this.#write(frame, frame.bytes);
    return true;
  }

  /** What waited leaves, unless it has lost its sense meanwhile. */
  release(): void {
    for (const frame of this.#held.splice(0)) {
      if (frame.isStale === true) frame.onDropped?.();
      else this.#write(frame, frame.bytes);
    }
  }

  onRouteChange(): void {
    this.reroutes++;
  }

  onPathLimit(bytes: number): void {
    this.limit = bytes;
  }

  #write(frame: ControlFrame | LooseFrame, room: number): void {
    const writer = new ByteWriter(new Uint8Array(room));
    frame.write(writer);
    if (writer.at > 0) this.wire.push({ bytes: writer.bytes.subarray(0, writer.at), frame });
  }
}

/** A node that only relays. */
export class BenchNode {
  readonly name: string;
  readonly nodeId: NodeId;
  readonly clock: ManualClock;
  readonly limits: TransportLimits;
  readonly relays: Relays;
  readonly arrivals: Arrival[] = [];
  readonly sessions: BenchSession[] = [];
  /** What the session within a relayed packet makes of it. */
  onArrival: () => void = () => {};

  constructor(
    name: string,
    clock: ManualClock,
    limits: Partial<TransportLimits> = {},
    config: RelayConfig = {},
  ) {
    this.name = name;
    this.nodeId = identityOf(name).nodeId;
    this.clock = clock;
    this.limits = resolveLimits(limits);
    this.relays = new Relays(this, config);
  }

  receiveRelayed(inner: Uint8Array, from: string, source: string): void {
    this.arrivals.push({ from, source, bytes: [...inner] });
    this.onArrival();
  }

  onRelayLimit(destination: NodeId, bytes: number): void {
    for (const session of this.sessions) {
      if (session.nodeId === destination) session.onPathLimit(bytes);
    }
  }

  /** The session with another node, or the one of that number. */
  with(other: BenchNode, at: number = 0): BenchSession {
    const session = this.sessions.filter(({ nodeId }) => nodeId === other.nodeId)[at];
    if (session === undefined) throw new Error(`${this.name} has no session with ${other.name}`);
    return session;
  }

  /** What a session hears of the wire. */
  hear(session: BenchSession, bytes: Uint8Array): void {
    const reader = new ByteReader(bytes.slice());
    switch (reader.u8()) {
      case FrameType.route:
        return this.relays.onRoute(session, readRoute(reader));
      case FrameType.relay:
        return this.relays.onRelay(session, readRelay(reader));
      case FrameType.relayLimit:
        return this.relays.onRelayLimit(session, readRelayLimit(reader));
      default:
        throw new Error("a frame of another kind");
    }
  }
}

/** Nodes by their names, as far as there are such. */
export type BenchNodes = Readonly<
  Record<"a" | "b" | "c" | "d" | "e" | "f" | "x" | "y" | "z", BenchNode>
>;

/** Nodes and links between them, without packets, ciphers or time on the way. */
export class RelayBench {
  readonly clock: ManualClock = new ManualClock();
  readonly nodes: BenchNode[] = [];
  /** Which frames are lost: every one of a wire for which it answers true. */
  loses: (bytes: Uint8Array) => boolean = () => false;
  /** Frames delivered so far. */
  delivered = 0;

  node(name: string, limits?: Partial<TransportLimits>, config?: RelayConfig): BenchNode {
    const node = new BenchNode(name, this.clock, limits, config);
    this.nodes.push(node);
    return node;
  }

  /** Nodes with a letter each for a name. */
  some(letters: string, limits?: Partial<TransportLimits>): BenchNodes {
    const nodes: Partial<Record<string, BenchNode>> = {};
    for (const letter of letters.split("")) nodes[letter] = this.node(letter, limits);
    return nodes as BenchNodes;
  }

  /** A direct session between two nodes, which both know to stand. */
  link(one: BenchNode, other: BenchNode): void {
    const [there, back] = [
      new BenchSession(one, other.nodeId),
      new BenchSession(other, one.nodeId),
    ];
    there.other = back;
    back.other = there;
    one.sessions.push(there);
    other.sessions.push(back);
    one.relays.onAdmitted(there);
    other.relays.onAdmitted(back);
  }

  /** Ends the sessions between two nodes. */
  unlink(one: BenchNode, other: BenchNode): void {
    for (const [node, nodeId] of [
      [one, other.nodeId],
      [other, one.nodeId],
    ] as const) {
      const at = node.sessions.findIndex((session) => session.nodeId === nodeId);
      const [session] = node.sessions.splice(at, 1);
      if (session === undefined) throw new Error("there is no such link");
      session.isClosed = true;
      node.relays.onClosed(session);
    }
  }

  /** Lets everything on the wires arrive, and what that causes. */
  async settle(): Promise<void> {
    for (let quiet = 0; quiet < 2;) {
      await this.clock.advance(25);
      for (const { relays } of this.nodes) relays.tick(this.clock.now());
      quiet = this.#deliver() ? 0 : quiet + 1;
    }
  }

  /** Lets so much time pass, and what is due in it happen. */
  async pass(ms: number, stepMs: number): Promise<void> {
    for (let passed = 0; passed < ms; passed += stepMs) {
      await this.clock.advance(stepMs);
      await this.settle();
    }
  }

  /** Lets everything arrive that was held back since it changed too often. */
  async calm(): Promise<void> {
    await this.pass(6_000, 1_000);
  }

  #deliver(): boolean {
    const sessions = this.nodes.flatMap((node) => node.sessions);
    let isBusy = false;
    for (const { wire, other } of sessions) {
      for (const { bytes, frame } of wire.splice(0)) {
        isBusy = true;
        if (other === undefined || this.loses(bytes)) {
          frame.onLost?.();
          continue;
        }
        this.delivered++;
        other.owner.hear(other, bytes);
      }
    }
    return isBusy;
  }
}

/** Nodes in a row, each linked with the next. */
export async function row(
  names: string,
  limits?: Record<string, number>,
): Promise<{ readonly bench: RelayBench; readonly nodes: BenchNodes }> {
  const bench = new RelayBench();
  const nodes = bench.some(names, limits);
  bench.nodes.reduce((last, node) => {
    bench.link(last, node);
    return node;
  });
  await bench.settle();
  return { bench, nodes };
}

/** The names of the nodes to which one has routes. */
export const routes = (bench: RelayBench, node: BenchNode): string =>
  bench.nodes
    .filter(({ nodeId }) => node.relays.hasRoute(nodeId))
    .map(({ name }) => name)
    .join("");

/** Whether a packet gets from one node to another. */
export async function reaches(bench: RelayBench, from: BenchNode, to: BenchNode): Promise<boolean> {
  const before = to.arrivals.length;
  from.relays.send(to.nodeId, Uint8Array.of(1, 2, 3));
  await bench.settle();
  return to.arrivals.length > before;
}

/** A neighbour's word, as it hears of it itself. */
export const word = (
  sequence: number,
  destination: BenchNode,
  ...path: readonly BenchNode[]
): RouteWord => ({
  sequence,
  destination: destination.nodeId,
  path: path.map(({ nodeId }) => nodeId),
});
