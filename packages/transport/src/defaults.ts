import { checkProperties } from "@selvage/core";

/** Stream window granted to the peer, in bytes: what may be under way unread per stream. */
export const DEFAULT_STREAM_WINDOW_BYTES = 65_536;
/** Streams that a peer may have open at once. */
export const DEFAULT_MAX_OPEN_STREAMS = 1_024;
/** The largest message taken, in bytes (16 MiB). */
export const DEFAULT_MAX_MESSAGE_BYTES = 16_777_216;
/** Memory for messages above the stream window, per node, in bytes (64 MiB). */
export const DEFAULT_REASSEMBLY_BUDGET_BYTES = 67_108_864;
/** The time in which 1/32 of a large message that holds memory must arrive, in milliseconds. */
export const DEFAULT_REASSEMBLY_STALL_MS = 10_000;
/** The longest that an acknowledgement is held back, in milliseconds. */
export const DEFAULT_MAX_ACK_DELAY_MS = 5;
/** Overall time for a handshake, in milliseconds. */
export const DEFAULT_HANDSHAKE_TIMEOUT_MS = 5_000;
/** First retransmission of a handshake message, in milliseconds; doubles up to one second. */
export const DEFAULT_HANDSHAKE_RETRY_MS = 100;
/**
 * Handshakes that others may have half done here at once. Above a sixteenth of it newcomers must
 * prove their address first, by a cookie.
 */
export const DEFAULT_MAX_PENDING_HANDSHAKES = 1_024;
/** New handshakes per second above which everybody must prove its address first, by a cookie. */
export const DEFAULT_HANDSHAKES_PER_SECOND = 200;
/**
 * New handshakes per second of one address, of twice as many at once; all ports of a host have ten
 * times as many. Whoever has proven its address is counted apart from whoever only names it.
 */
export const DEFAULT_SOURCE_HANDSHAKES_PER_SECOND = 20;
/** Handshakes under way from here at once. */
export const DEFAULT_MAX_OUTGOING_HANDSHAKES = 256;
/** Sessions held at once. */
export const DEFAULT_MAX_SESSIONS = 4_096;
/**
 * The least time without acknowledgement progress before a peer is `unresponsive`, in
 * milliseconds: above any pause of a healthy event loop on a LAN, below what a caller notices.
 */
export const DEFAULT_UNRESPONSIVE_FLOOR_MS = 150;
/** The most that round trip and loop delay can stretch the `unresponsive` threshold to. */
export const DEFAULT_UNRESPONSIVE_CAP_MS = 2_000;
/** Distance of the probes to a silent peer, and of keep-alives while a call is watched. */
export const DEFAULT_PROBE_INTERVAL_MS = 50;
/** Heartbeats of an otherwise idle session, in milliseconds. */
export const DEFAULT_HEARTBEAT_MS = 1_000;
/** Silence after which a peer is `suspected`, in milliseconds. */
export const DEFAULT_SUSPECT_AFTER_MS = 4_000;
/** Silence after which a peer counts as `failed` and its streams end, in milliseconds. */
export const DEFAULT_FAIL_AFTER_MS = 10_000;
/** Silence after which a failed peer's session is let go, in milliseconds. */
export const DEFAULT_FORGET_AFTER_MS = 60_000;
/** How long `close` waits for streams in progress, in milliseconds. */
export const DEFAULT_DRAIN_MS = 5_000;
/** The longest stretch of handler starts between two polls of the socket, in milliseconds. */
export const HANDLER_SLICE_MS = 5;
/** A pause of the own event loop above this is a stall: verdicts and deadlines take it into account. */
export const STALL_MS = 50;
/** Every path on the Internet takes datagrams of this size, in bytes. */
export const BASE_DATAGRAM_BYTES = 1_200;

/** How long a direct handshake is waited for before a relayed one is started beside it, in milliseconds. */
export const RELAYED_DIAL_AFTER_MS = 300;
/** Relays on the way to a node, at most. */
export const DEFAULT_MAX_RELAY_HOPS = 4;
/** The most that {@link TransportLimits.maxRelayHops} may be: packets are passed on no more often. */
export const MAX_RELAY_HOPS = 15;
/** Nodes to which ways are known, at once. */
export const DEFAULT_MAX_ROUTES = 8_192;
/** Nodes to which one peer may offer a way. */
export const DEFAULT_MAX_ROUTES_PER_PEER = 4_096;
/** Bytes passed on per second for one peer, on average; a quarter of it at once. */
export const DEFAULT_RELAY_BYTES_PER_SECOND = 33_554_432;
/** Packets passed on per second for one peer, on average; a quarter of it at once. */
export const DEFAULT_RELAY_PACKETS_PER_SECOND = 32_768;
/** What every relayed path is taken to carry of inner datagrams, in bytes. */
export const RELAYED_DATAGRAM_BYTES = 1_100;
/**
 * The largest datagram tried on paths of which the driver knows no more, in bytes: what an Ethernet
 * carries of IPv6 with a little to spare for tunnels.
 */
export const DEFAULT_MAX_DATAGRAM_BYTES = 1_452;
/** Packets sent under one key before the next key phase begins. */
export const DEFAULT_KEY_PHASE_PACKETS = 4_194_304;
/** Age at which a session is replaced by a new one, with new keys, in milliseconds (2 h). */
export const DEFAULT_SESSION_LIFETIME_MS = 7_200_000;

/** Urgency of a stream whose opener names none, from 0 (most urgent) to 7 (RFC 9218 §4.1). */
export const DEFAULT_STREAM_PRIORITY = 3;
/**
 * The largest message of a fire-and-forget stream, in bytes: what fits into one packet on every
 * path, relayed ones too, with an acknowledgement beside it. See `DATAGRAM_FRAME_OVERHEAD`.
 */
export const MAX_DATAGRAM_MESSAGE_BYTES = 1_024;
/** How often `sendWithRetry` tries again unless told otherwise. */
export const DEFAULT_SEND_RETRIES = 8;
/** The first pause of `sendWithRetry`, in milliseconds; doubles. */
export const SEND_RETRY_FIRST_MS = 5;
/** The longest pause of `sendWithRetry`, in milliseconds. */
export const SEND_RETRY_MAX_MS = 200;

/** Limits and times of a transport; every field has a default of the same name. */
export interface TransportLimits {
  readonly streamWindowBytes: number;
  readonly maxOpenStreams: number;
  readonly maxMessageBytes: number;
  readonly reassemblyBudgetBytes: number;
  readonly reassemblyStallMs: number;
  readonly maxAckDelayMs: number;
  readonly handshakeTimeoutMs: number;
  readonly handshakeRetryMs: number;
  readonly maxPendingHandshakes: number;
  readonly handshakesPerSecond: number;
  readonly sourceHandshakesPerSecond: number;
  readonly maxOutgoingHandshakes: number;
  readonly maxSessions: number;
  readonly unresponsiveFloorMs: number;
  readonly unresponsiveCapMs: number;
  readonly probeIntervalMs: number;
  readonly heartbeatMs: number;
  readonly suspectAfterMs: number;
  readonly failAfterMs: number;
  readonly forgetAfterMs: number;
  readonly drainMs: number;
  readonly maxDatagramBytes: number;
  readonly keyPhasePackets: number;
  readonly sessionLifetimeMs: number;
  readonly maxRelayHops: number;
  readonly maxRoutes: number;
  readonly maxRoutesPerPeer: number;
  readonly relayBytesPerSecond: number;
  readonly relayPacketsPerSecond: number;
}

/** The defaults of {@link TransportLimits}. */
export const transportDefaults: Readonly<TransportLimits> = {
  streamWindowBytes: DEFAULT_STREAM_WINDOW_BYTES,
  maxOpenStreams: DEFAULT_MAX_OPEN_STREAMS,
  maxMessageBytes: DEFAULT_MAX_MESSAGE_BYTES,
  reassemblyBudgetBytes: DEFAULT_REASSEMBLY_BUDGET_BYTES,
  reassemblyStallMs: DEFAULT_REASSEMBLY_STALL_MS,
  maxAckDelayMs: DEFAULT_MAX_ACK_DELAY_MS,
  handshakeTimeoutMs: DEFAULT_HANDSHAKE_TIMEOUT_MS,
  handshakeRetryMs: DEFAULT_HANDSHAKE_RETRY_MS,
  maxPendingHandshakes: DEFAULT_MAX_PENDING_HANDSHAKES,
  handshakesPerSecond: DEFAULT_HANDSHAKES_PER_SECOND,
  sourceHandshakesPerSecond: DEFAULT_SOURCE_HANDSHAKES_PER_SECOND,
  maxOutgoingHandshakes: DEFAULT_MAX_OUTGOING_HANDSHAKES,
  maxSessions: DEFAULT_MAX_SESSIONS,
  unresponsiveFloorMs: DEFAULT_UNRESPONSIVE_FLOOR_MS,
  unresponsiveCapMs: DEFAULT_UNRESPONSIVE_CAP_MS,
  probeIntervalMs: DEFAULT_PROBE_INTERVAL_MS,
  heartbeatMs: DEFAULT_HEARTBEAT_MS,
  suspectAfterMs: DEFAULT_SUSPECT_AFTER_MS,
  failAfterMs: DEFAULT_FAIL_AFTER_MS,
  forgetAfterMs: DEFAULT_FORGET_AFTER_MS,
  drainMs: DEFAULT_DRAIN_MS,
  maxDatagramBytes: DEFAULT_MAX_DATAGRAM_BYTES,
  keyPhasePackets: DEFAULT_KEY_PHASE_PACKETS,
  sessionLifetimeMs: DEFAULT_SESSION_LIFETIME_MS,
  maxRelayHops: DEFAULT_MAX_RELAY_HOPS,
  maxRoutes: DEFAULT_MAX_ROUTES,
  maxRoutesPerPeer: DEFAULT_MAX_ROUTES_PER_PEER,
  relayBytesPerSecond: DEFAULT_RELAY_BYTES_PER_SECOND,
  relayPacketsPerSecond: DEFAULT_RELAY_PACKETS_PER_SECOND,
};

/**
 * Fills in the defaults and checks the result.
 *
 * @throws RangeError naming the first field that is not a positive number or contradicts another;
 * TypeError for a field that there is not.
 */
export function resolveLimits(given: Partial<TransportLimits> = {}): TransportLimits {
  checkProperties("limits", given, new Set(Object.keys(transportDefaults)));
  const limits: TransportLimits = { ...transportDefaults, ...given };
  for (const [name, value] of Object.entries(limits)) {
    if (!Number.isFinite(value) || value <= 0) {
      throw new RangeError(`${name} must be a positive number, got ${value}`);
    }
  }
  const ordered: readonly [keyof TransportLimits, keyof TransportLimits][] = [
    ["maxMessageBytes", "reassemblyBudgetBytes"],
    ["unresponsiveFloorMs", "unresponsiveCapMs"],
    ["heartbeatMs", "suspectAfterMs"],
    ["suspectAfterMs", "failAfterMs"],
    ["failAfterMs", "forgetAfterMs"],
  ];
  for (const [low, high] of ordered) {
    if (limits[low] > limits[high]) {
      throw new RangeError(`${low} (${limits[low]}) must not exceed ${high} (${limits[high]})`);
    }
  }
  if (limits.maxRelayHops > MAX_RELAY_HOPS) {
    throw new RangeError(`maxRelayHops (${limits.maxRelayHops}) must not exceed ${MAX_RELAY_HOPS}`);
  }
  if (limits.maxDatagramBytes < BASE_DATAGRAM_BYTES) {
    throw new RangeError(
      `maxDatagramBytes (${limits.maxDatagramBytes}) must be at least ${BASE_DATAGRAM_BYTES}`,
    );
  }
  return limits;
}
