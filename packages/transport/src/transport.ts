import type { Clock, Closable, Entropy, Listen, Logger, NodeId } from "@selvage/core";
import type { CryptoProvider, Identity } from "@selvage/identity";

import type { TransportLimits } from "./defaults.ts";
import type { DatagramDriver } from "./driver.ts";
import type { TransportError } from "./errors.ts";
import type { Peer } from "./peer.ts";
import type { RelayConfig } from "./relay/relays.ts";
import type { TransportStats } from "./stats.ts";
import type { MessageStream } from "./stream/message-stream.ts";

/** What a transport is made of. */
export interface TransportParts {
  readonly driver: DatagramDriver;
  readonly identity: Identity;
  /** Default: the system's. */
  readonly clock?: Clock | undefined;
  /** Default: the system's CSPRNG. */
  readonly entropy?: Entropy | undefined;
  /** Default: the fastest one installed. */
  readonly crypto?: CryptoProvider | undefined;
  /** Default: silent. */
  readonly logger?: Logger | undefined;
}

/** Construction options of a transport. */
export interface TransportConfig {
  /**
   * The pre-shared key that makes a mesh: 32 random bytes, or several for rotation (the first
   * dials, all are accepted).
   */
  readonly psk: Uint8Array | readonly [Uint8Array, ...Uint8Array[]];
  /** Addresses, `host:port`, under which others can dial this node. Default: the bound one. */
  readonly advertise?: readonly string[] | undefined;
  readonly limits?: Partial<TransportLimits> | undefined;
  /** What this node does for peers that cannot reach each other. */
  readonly relay?: RelayConfig | undefined;
}

/** Where and whom to dial; at least one of the two. */
export interface DialTarget {
  /** `host:port`. Without it, the node is dialled through relays. */
  readonly address?: string | undefined;
  /** Refuse to talk to anybody else; through relays, if it does not answer at its address. */
  readonly nodeId?: NodeId | undefined;
}

/** Options of {@link Transport.connect}. */
export interface ConnectOptions {
  readonly signal?: AbortSignal | undefined;
  /** Overall time, in milliseconds; default the limit `handshakeTimeoutMs`. */
  readonly timeoutMs?: number | undefined;
}

/** What happens to peers; `reason` says why, in words for people. */
export type PeerEvent =
  | {
      readonly type:
        /** A session stands. */
        | "connected"
        /** It has acknowledged nothing for a moment: send new work elsewhere. */
        | "unresponsive"
        /** It acknowledges again. */
        | "responsive"
        /** Nothing at all was heard of it for some seconds. */
        | "suspected"
        /** Nothing was heard for long: its streams have failed. */
        | "failed"
        /** It was heard again after it had been `suspected` or `failed`. */
        | "recovered"
        /** It is shutting down and takes no new streams. */
        | "goodbye"
        /**
         * Two processes with one identity are alive. The node that has to do with both hears of it,
         * with the peer that it keeps; so does the process that it refuses, with the peer that it
         * was refused by.
         */
        | "identity-in-use";
      readonly peer: Peer;
      readonly reason: string;
    }
  /** The last session is over. */
  | {
      readonly type: "disconnected";
      readonly peer: Peer;
      readonly reason: string;
      readonly error: TransportError;
    };

/**
 * Handles a stream that a peer opened. It owns the stream: end or reset it. It may be async: if it throws or
 * rejects, the stream is reset (code 0xff05) and the error goes to the logger.
 */
export type StreamHandler = (stream: MessageStream) => unknown;

/** Encrypted sessions with other nodes, and message streams on them. */
export interface Transport extends Closable {
  readonly nodeId: NodeId;
  /** Hexadecimal, drawn at creation. */
  readonly bootId: string;
  /** The bound address. */
  readonly address: string;
  /** The addresses under which others are told to dial this node. */
  readonly advertised: readonly string[];
  readonly maxMessageBytes: number;
  /**
   * Dials an address and answers the peer found there, unless it is this node. With a node id, nobody else is accepted, and
   * a session that stands with that node is answered without dialling; what does not answer at its
   * address within 300 ms is dialled through relays beside that, and the first session is taken.
   *
   * @throws {@link TransportError} `handshake-timeout`, `handshake-failed`, `too-many-handshakes`,
   * `version-mismatch`, `identity-in-use`, `node-id-conflict`, `address` or `closed`.
   */
  connect(target: DialTarget, options?: ConnectOptions): Promise<Peer>;
  /**
   * The peer with this id, if a session stands; for the own id this node itself, to which streams
   * can be opened as to any other.
   */
  peer(nodeId: NodeId): Peer | undefined;
  /** All peers with a session; never this node itself. */
  peers(): Peer[];
  /** Serves a protocol number (0 to 65,535). Throws `TypeError` if it is served already. */
  serve(protocol: number, handler: StreamHandler): Disposable;
  readonly onPeer: Listen<PeerEvent>;
  /**
   * Tells peers that no new stream will be taken: they turn elsewhere while streams in progress
   * go on.
   */
  goAway(): void;
  stats(): TransportStats;
  /** Drains streams in progress for up to `drainMs`, then closes every session and the driver. */
  close(): Promise<void>;
}
