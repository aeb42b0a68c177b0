import { ProtocolViolation } from "../packet/protocol-violation.ts";
import type { AckFrame } from "../recovery/received-packets.ts";
import type { RelayedPacket, RelayLimit, RouteWord } from "../relay/relay-frames.ts";
import type { FrameSink } from "./ingress.ts";
import type { SessionHost } from "./session-host.ts";
import type { Session } from "./session.ts";

/** Takes each frame that arrives to the part of the session that it is for. */
export class SessionSink implements FrameSink {
  readonly #host: SessionHost;
  readonly #session: Session;

  constructor(host: SessionHost, session: Session) {
    this.#host = host;
    this.#session = session;
  }

  onAck(frame: AckFrame): void {
    const { cipher, liveness, recovery, sender } = this.#session;
    if (frame.largest >= cipher.nextNumber) throw new ProtocolViolation("ack-of-unsent");
    const now = this.#host.clock.now();
    if (!recovery.onAck(frame, now)) return;
    sender.onProgress();
    if (liveness.onProgress(now, recovery.outstanding > 0, frame.loopDelayMs)) {
      this.#host.onHealthChange(this.#session);
    }
  }

  onStreamData(id: number, offset: number, data: Uint8Array, fin: boolean): void {
    this.#session.streams.onData(id, offset, data, fin);
  }

  onDatagram(id: number, protocol: number, offset: number, message: Uint8Array): void {
    this.#session.streams.onDatagram(id, protocol, offset, message);
  }

  onDatagramOffset(id: number, protocol: number, offset: number, isEnd: boolean): void {
    this.#session.streams.onDatagramOffset(id, protocol, offset, isEnd);
  }

  onReset(id: number, code: number, notStarted: boolean): void {
    this.#session.streams.onReset(id, code, notStarted);
  }

  onMaxStreamData(id: number, limit: number): void {
    this.#session.streams.onCredit(id, limit);
  }

  onMaxStreams(limit: number): void {
    this.#session.streams.table.onMaxStreams(limit);
  }

  onGoaway(accepted: number): void {
    this.#session.streams.onGoaway(accepted);
    this.#host.onHealthChange(this.#session);
  }

  onClose(code: number, reason: Uint8Array): void {
    this.#session.onClose(code, reason);
  }

  onPathChallenge(data: Uint8Array): void {
    this.#session.paths.onChallenge(data);
  }

  onPathResponse(data: Uint8Array): void {
    this.#session.paths.onResponse(this.#host.clock.now(), data);
  }

  onRelay(packet: RelayedPacket): void {
    this.#host.relays.onRelay(this.#session, packet);
  }

  onRoute(word: RouteWord): void {
    this.#host.relays.onRoute(this.#session, word);
  }

  onRelayLimit(limit: RelayLimit): void {
    this.#host.relays.onRelayLimit(this.#session, limit);
  }
}
