import type { Session } from "./session.ts";

/** A snapshot of the session that new streams to a peer use. Counters begin with the session. */
export interface PeerStats {
  /** Smoothed round-trip time, in milliseconds. */
  readonly rttMs: number;
  /** The shortest round trip seen on the present path, in milliseconds. */
  readonly minRttMs: number;
  /** Mean deviation of the round-trip time, in milliseconds. */
  readonly rttVariationMs: number;
  /** Bytes that may be in flight: congestion window and the peer's receive budget. */
  readonly windowBytes: number;
  /** Bytes in flight, small packets counted as larger ones. */
  readonly bytesInFlight: number;
  /** Packets sealed, those included that ask for no acknowledgement. */
  readonly packetsSent: number;
  /** Packets that arrived, authenticated and for the first time. */
  readonly packetsReceived: number;
  /** Packets declared lost. */
  readonly packetsLost: number;
  /** Pieces of reliable streams that were sent again. */
  readonly retransmissions: number;
  /** Bytes in those pieces. */
  readonly retransmittedBytes: number;
  /** Fire-and-forget messages given up: no acknowledgement came in time. */
  readonly messagesLost: number;
  /** Fire-and-forget messages that arrived after the end, or while too much waited unread. */
  readonly messagesDropped: number;
  /** The largest datagram that the path is known to take, in bytes. */
  readonly datagramBytes: number;
  /** The key phase in which packets are sent, from 0. */
  readonly keyPhase: number;
  /** How often packets have begun to go another way. */
  readonly pathChanges: number;
  /** Open streams, from either end. */
  readonly streams: number;
  /** By how much the peer's event loop was late recently, as it says, in milliseconds. */
  readonly loopDelayMs: number;
}

/** Reads what a session's parts have counted. */
export function peerStats(session: Session): PeerStats {
  const { cipher, liveness, paths, recovery, sender, streams } = session;
  const { retransmissions, retransmittedBytes, messagesLost, messagesDropped } = streams.counters;
  return {
    rttMs: recovery.smoothedRttMs,
    minRttMs: recovery.minRttMs,
    rttVariationMs: recovery.rttVariationMs,
    windowBytes: recovery.windowBytes,
    bytesInFlight: recovery.bytesInFlight,
    packetsSent: cipher.nextNumber,
    packetsReceived: session.packetsReceived,
    packetsLost: recovery.lostPackets,
    retransmissions,
    retransmittedBytes,
    messagesLost,
    messagesDropped,
    datagramBytes: sender.mtuBytes,
    keyPhase: cipher.phase,
    pathChanges: paths.changes,
    streams: streams.size,
    loopDelayMs: liveness.peerLoopDelayMs,
  };
}
