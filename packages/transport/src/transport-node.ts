import { CloseOnce, type NodeId } from "@selvage/core";

import { Endpoint } from "./endpoint.ts";
import { TransportError } from "./errors.ts";
import type { OwnPeer } from "./loopback/own-peer.ts";
import type { Peer, PeerRecord } from "./peer.ts";
import { isRelayAddress } from "./relay/relay-address.ts";
import { CloseCode } from "./session/session-host.ts";
import { untilCloseIsHeard, untilDrained, untilGoawayIsHeard } from "./shutdown.ts";
import type { TransportStats } from "./stats.ts";
import type {
  ConnectOptions,
  DialTarget,
  StreamHandler,
  Transport,
  TransportConfig,
  TransportParts,
} from "./transport.ts";

/** What users hold of an {@link Endpoint}. */
export class TransportNode implements Transport {
  readonly #endpoint: Endpoint;
  readonly #closeOnce = new CloseOnce(() => this.#close());

  constructor(parts: TransportParts, config: TransportConfig) {
    this.#endpoint = new Endpoint(parts, config);
  }

  get nodeId(): NodeId {
    return this.#endpoint.nodeId;
  }

  get bootId(): string {
    return this.#endpoint.bootId;
  }

  get address(): string {
    return this.#endpoint.driver.address;
  }

  get advertised(): readonly string[] {
    return this.#endpoint.advertised;
  }

  get maxMessageBytes(): number {
    return this.#endpoint.limits.maxMessageBytes;
  }

  get onPeer(): Transport["onPeer"] {
    return this.#endpoint.events.on;
  }

  async connect(target: DialTarget, options: ConnectOptions = {}): Promise<Peer> {
    const { peers, reach } = this.#endpoint;
    options.signal?.throwIfAborted();
    this.#endpoint.assertOpen();
    const known = target.nodeId === undefined ? undefined : this.#peer(target.nodeId);
    if (known !== undefined && known.state !== "failed" && !known.isGoingAway) return known;
    const { nodeId } = await reach.dial(target, options);
    const peer = peers.get(nodeId);
    if (peer === undefined) {
      throw new TransportError("session-lost", `the session with ${nodeId} ended at once`);
    }
    return peer;
  }

  peer(nodeId: NodeId): Peer | undefined {
    return this.#peer(nodeId);
  }

  peers(): Peer[] {
    return this.#endpoint.peers.all();
  }

  serve(protocol: number, handler: StreamHandler): Disposable {
    return this.#endpoint.protocols.serve(protocol, handler);
  }

  goAway(): void {
    this.#endpoint.ownPeer.goAway();
    // Not those that do not stand yet: any word would make the peer believe that they do.
    for (const { sessions } of this.#endpoint.peers.all()) {
      for (const session of sessions) session.sendGoaway();
    }
  }

  stats(): TransportStats {
    const {
      budget,
      crypto,
      dropped,
      loop,
      network,
      ownPeer,
      peers,
      relays,
      responder,
      sessions,
      violations,
    } = this.#endpoint;
    let packetsLost = 0;
    let streams = ownPeer.size;
    for (const session of sessions.all) {
      packetsLost += session.recovery.lostPackets;
      streams += session.streams.size;
    }
    return {
      crypto: crypto.name,
      sessions: sessions.size,
      streams,
      peers: peers.size,
      pendingHandshakes: responder.size,
      datagramsReceived: this.#endpoint.datagramsReceived,
      datagramsSent: network.datagramsSent,
      bytesReceived: this.#endpoint.bytesReceived,
      bytesSent: network.bytesSent,
      packetsLost,
      dropped: dropped.snapshot(),
      violations: violations.snapshot(),
      relay: relays.stats(),
      loopDelayMs: loop.recentMs(),
      ownFaultsPresumed: peers.health.ownFaults,
      reassemblyFreeBytes: budget.freeBytes,
    };
  }

  close(): Promise<void> {
    return this.#closeOnce.close();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  #peer(nodeId: NodeId): PeerRecord | OwnPeer | undefined {
    const { ownPeer, peers } = this.#endpoint;
    return peers.get(nodeId) ?? (nodeId === ownPeer.nodeId ? ownPeer : undefined);
  }

  async #close(): Promise<void> {
    const { clock, dialer, limits, ownPeer, peers } = this.#endpoint;
    const closed = new TransportError("closed", "the transport was closed");
    this.#endpoint.isClosing = true;
    peers.refuseNewcomers(closed);
    this.goAway();
    dialer.close(closed);
    await untilGoawayIsHeard(clock, this.#endpoint.sessions.all);
    const sessions = this.#endpoint.sessions.all;
    for (const session of sessions) session.refuseStreams();
    ownPeer.refuseStreams();
    await untilDrained(clock, sessions, ownPeer, limits.drainMs);
    ownPeer.end(closed);
    // What is said to relayed peers travels on the sessions with others.
    const relayed = sessions.filter(({ path }) => isRelayAddress(path));
    for (const ending of [relayed, sessions.filter((session) => !relayed.includes(session))]) {
      for (const session of ending) session.close(CloseCode.done, closed);
      await untilCloseIsHeard(clock, ending);
    }
    await this.#endpoint.end();
  }
}
