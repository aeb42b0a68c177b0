import { ByteReader } from "../packet/bytes-io.ts";
import { FrameType, PATH_DATA_BYTES } from "../packet/frames.ts";
import { ProtocolViolation } from "../packet/protocol-violation.ts";
import { type AckFrame, readAck } from "../recovery/received-packets.ts";
import {
  readRelay,
  readRelayLimit,
  readRoute,
  type RelayedPacket,
  type RelayLimit,
  type RouteWord,
} from "../relay/relay-frames.ts";

/** Frames that need no acknowledgement: what is said about a path has an answer of its own. */
const NEEDS_NO_ACK: ReadonlySet<number> = new Set([
  FrameType.padding,
  FrameType.ack,
  FrameType.close,
  FrameType.pathChallenge,
  FrameType.pathResponse,
]);

/** Who acts on the frames of a packet. */
export interface FrameSink {
  onAck(frame: AckFrame): void;
  onStreamData(id: number, offset: number, data: Uint8Array, fin: boolean): void;
  onDatagram(id: number, protocol: number, offset: number, message: Uint8Array): void;
  onDatagramOffset(id: number, protocol: number, offset: number, isEnd: boolean): void;
  onReset(id: number, code: number, notStarted: boolean): void;
  onMaxStreamData(id: number, limit: number): void;
  onMaxStreams(limit: number): void;
  onGoaway(accepted: number): void;
  onClose(code: number, reason: Uint8Array): void;
  onPathChallenge(data: Uint8Array): void;
  onPathResponse(data: Uint8Array): void;
  onRelay(packet: RelayedPacket): void;
  onRoute(word: RouteWord): void;
  onRelayLimit(limit: RelayLimit): void;
}

/**
 * Whether a payload only asks about a path: its packet does not move the path (RFC 9000 §9.1). What
 * asks or answers stands first in its packet.
 */
export const isPathProbe = (payload: Uint8Array): boolean =>
  payload[0] === FrameType.pathChallenge || payload[0] === FrameType.pathResponse;

/**
 * Reads the frames of a decrypted payload; answers whether the packet wants an acknowledgement.
 *
 * @throws ProtocolViolation for anything that no correct peer sends.
 */
export function dispatchFrames(payload: Uint8Array, sink: FrameSink): boolean {
  const reader = new ByteReader(payload);
  let eliciting = false;
  while (reader.remaining > 0) {
    const type = reader.u8();
    if (!NEEDS_NO_ACK.has(type)) eliciting = true;
    switch (type) {
      case FrameType.padding:
      case FrameType.ping:
        break;
      case FrameType.ack:
        sink.onAck(readAck(reader));
        break;
      case FrameType.stream:
      case FrameType.streamFin: {
        const id = reader.varint();
        const offset = reader.varint();
        const data = reader.raw(reader.varint());
        if (offset + data.length > Number.MAX_SAFE_INTEGER) {
          throw new ProtocolViolation("integer-range");
        }
        sink.onStreamData(id, offset, data, type === FrameType.streamFin);
        break;
      }
      case FrameType.datagram: {
        const id = reader.varint();
        const protocol = reader.u16();
        const offset = reader.varint();
        sink.onDatagram(id, protocol, offset, reader.raw(reader.varint()));
        break;
      }
      case FrameType.datagramOffset: {
        const id = reader.varint();
        const protocol = reader.u16();
        const offset = reader.varint();
        sink.onDatagramOffset(id, protocol, offset, (reader.u8() & 1) === 1);
        break;
      }
      case FrameType.reset: {
        const id = reader.varint();
        const code = reader.varint();
        sink.onReset(id, code, (reader.u8() & 1) === 1);
        break;
      }
      case FrameType.maxStreamData: {
        const id = reader.varint();
        sink.onMaxStreamData(id, reader.varint());
        break;
      }
      case FrameType.maxStreams:
        sink.onMaxStreams(reader.varint());
        break;
      case FrameType.goaway:
        sink.onGoaway(reader.varint());
        break;
      case FrameType.pathChallenge:
        sink.onPathChallenge(reader.raw(PATH_DATA_BYTES));
        break;
      case FrameType.pathResponse:
        sink.onPathResponse(reader.raw(PATH_DATA_BYTES));
        break;
      case FrameType.relay:
        sink.onRelay(readRelay(reader));
        break;
      case FrameType.route:
        sink.onRoute(readRoute(reader));
        break;
      case FrameType.relayLimit:
        sink.onRelayLimit(readRelayLimit(reader));
        break;
      case FrameType.close: {
        const code = reader.varint();
        sink.onClose(code, reader.raw(reader.varint()));
        return eliciting;
      }
      default:
        throw new ProtocolViolation("unknown-frame");
    }
  }
  return eliciting;
}
