import { CloseOnce, type NodeId } from "@selvage/core";

import { Endpoint } from "./endpoint.ts";
import { TransportError } from "./errors.ts";
import type { Peer } from "./peer.ts";
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
    const known = target.nodeId === undefined ? undefined : peers.get(target.nodeId);
    if (known !== undefined && known.membership !== "failed" && !known.isGoingAway) return known;
    const { nodeId } = await reach.dial(target, options);
    const peer = peers.get(nodeId);
    if (peer === undefined) {
      throw new TransportError("session-lost", `the session with ${nodeId} ended at once`);
    }
    return peer;
  }

  peer(nodeId: NodeId): Peer | undefined {
    return this.#endpoint.peers.get(nodeId);
  }

  peers(): Peer[] {
    return this.#endpoint.peers.all();
  }

  serve(protocol: number, handler: StreamHandler): Disposable {
    return this.#endpoint.protocols.serve(protocol, handler);
  }

  goAway(): void {
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
      peers,
      relays,
      responder,
      sessions,
      violations,
    } = this.#endpoint;
    let packetsLost = 0;
    let streams = 0;
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

  async #close(): Promise<void> {
    const { clock, dialer, limits, peers } = this.#endpoint;
    const closed = new TransportError("closed", "the transport was closed");
    this.#endpoint.isClosing = true;
    peers.refuseNewcomers(closed);
    this.goAway();
    dialer.close(closed);
    await untilGoawayIsHeard(clock, this.#endpoint.sessions.all);
    const sessions = this.#endpoint.sessions.all;
    for (const session of sessions) session.refuseStreams();
    await untilDrained(clock, sessions, limits.drainMs);
    // What is said to relayed peers travels on the sessions with others.
    const relayed = sessions.filter(({ path }) => isRelayAddress(path));
    for (const ending of [relayed, sessions.filter((session) => !relayed.includes(session))]) {
      for (const session of ending) session.close(CloseCode.done, closed);
      await untilCloseIsHeard(clock, ending);
    }
    await this.#endpoint.end();
  }
}
