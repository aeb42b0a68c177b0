/**
 * Encrypted sessions between nodes and message streams on them: QUIC's mechanics with Noise
 * instead of TLS, node identities instead of certificates, and messages instead of bytes.
 *
 * @packageDocumentation
 */
export { createTransport } from "./create-transport.ts";
export type {
  ConnectOptions,
  DialTarget,
  PeerEvent,
  StreamHandler,
  Transport,
  TransportConfig,
  TransportParts,
} from "./transport.ts";
export type { OpenStreamOptions, Peer, PeerState } from "./peer.ts";
export type {
  MessageStream,
  ResetOptions,
  SendRetryOptions,
  StreamWaitOptions,
} from "./stream/message-stream.ts";
export type { Reliability } from "./stream/reliability.ts";
export type { InboundStats, OutboundStats } from "./stream/halves.ts";
export type { StreamStats } from "./stream/stream-stats.ts";
export type { PeerStats } from "./session/peer-stats.ts";
export type { DropReason, TransportStats } from "./stats.ts";
export type { RelayConfig } from "./relay/relays.ts";
export type { RelayDrop, RelayStats, RouteIgnored } from "./relay/relay-stats.ts";
export type { HandshakeDrop } from "./handshake/responder.ts";
export type { Violation } from "./packet/protocol-violation.ts";

export type { DatagramDriver, DatagramReceiver, ProbeResult } from "./driver.ts";

export {
  DEFAULT_DRAIN_MS,
  DEFAULT_FAIL_AFTER_MS,
  DEFAULT_FORGET_AFTER_MS,
  DEFAULT_HANDSHAKE_RETRY_MS,
  DEFAULT_HANDSHAKE_TIMEOUT_MS,
  DEFAULT_HANDSHAKES_PER_SECOND,
  DEFAULT_HEARTBEAT_MS,
  DEFAULT_KEY_PHASE_PACKETS,
  DEFAULT_MAX_ACK_DELAY_MS,
  DEFAULT_MAX_DATAGRAM_BYTES,
  DEFAULT_MAX_MESSAGE_BYTES,
  DEFAULT_MAX_OPEN_STREAMS,
  DEFAULT_MAX_OUTGOING_HANDSHAKES,
  DEFAULT_MAX_PENDING_HANDSHAKES,
  DEFAULT_MAX_RELAY_HOPS,
  DEFAULT_MAX_ROUTES,
  DEFAULT_MAX_ROUTES_PER_PEER,
  DEFAULT_MAX_SESSIONS,
  DEFAULT_PROBE_INTERVAL_MS,
  DEFAULT_REASSEMBLY_BUDGET_BYTES,
  DEFAULT_REASSEMBLY_STALL_MS,
  DEFAULT_RELAY_BYTES_PER_SECOND,
  DEFAULT_RELAY_PACKETS_PER_SECOND,
  DEFAULT_SEND_RETRIES,
  DEFAULT_SESSION_LIFETIME_MS,
  DEFAULT_SOURCE_HANDSHAKES_PER_SECOND,
  DEFAULT_STREAM_PRIORITY,
  DEFAULT_STREAM_WINDOW_BYTES,
  DEFAULT_SUSPECT_AFTER_MS,
  DEFAULT_UNRESPONSIVE_CAP_MS,
  DEFAULT_UNRESPONSIVE_FLOOR_MS,
  MAX_DATAGRAM_MESSAGE_BYTES,
  MAX_RELAY_HOPS,
  RELAYED_DATAGRAM_BYTES,
  RELAYED_DIAL_AFTER_MS,
  SEND_RETRY_FIRST_MS,
  SEND_RETRY_MAX_MS,
  transportDefaults,
  type TransportLimits,
} from "./defaults.ts";

export {
  isTransportError,
  TransportError,
  transportErrorKinds,
  type TransportErrorKind,
  type TransportErrorOptions,
} from "./errors.ts";
