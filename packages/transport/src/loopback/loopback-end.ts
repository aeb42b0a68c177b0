import { ProtocolViolation } from "../packet/protocol-violation.ts";
import { ReceivedPackets } from "../recovery/received-packets.ts";
import { Egress } from "../session/egress.ts";
import type { FrameSink } from "../session/ingress.ts";
import type { SessionHost } from "../session/session-host.ts";
import type { SessionParts } from "../session/session-parts.ts";
import { SessionStreams, type SessionStreamsHost } from "../session/session-streams.ts";

/** What an end needs of its node. */
export type LoopbackHost = SessionStreamsHost & Pick<SessionHost, "loopDelayMs">;

const ignored = (): void => {};

/**
 * One end of the streams that a node has with itself: those of a session, but for packets, of which
 * there are none to lose or to acknowledge.
 */
export class LoopbackEnd implements FrameSink {
  readonly streams: SessionStreams;
  readonly egress: Egress;
  readonly onAck: FrameSink["onAck"] = ignored;
  readonly onClose: FrameSink["onClose"] = ignored;
  readonly onPathChallenge: FrameSink["onPathChallenge"] = ignored;
  readonly onPathResponse: FrameSink["onPathResponse"] = ignored;
  readonly onRelay: FrameSink["onRelay"] = ignored;
  readonly onRoute: FrameSink["onRoute"] = ignored;
  readonly onRelayLimit: FrameSink["onRelayLimit"] = ignored;

  /** `scratch`: memory for frames on their way; `hasToSend` is called when some wait. */
  constructor(
    host: LoopbackHost,
    parts: Pick<SessionParts, "peer" | "role">,
    scratch: Uint8Array,
    hasToSend: () => void,
  ) {
    this.egress = new Egress(new ReceivedPackets(), scratch);
    this.streams = new SessionStreams(host, parts, this.egress, {
      hasToSend,
      onWatched: ignored,
      violated: (reason) => {
        throw new ProtocolViolation(reason);
      },
    });
  }

  onStreamData(id: number, offset: number, data: Uint8Array, fin: boolean): void {
    this.streams.onData(id, offset, data, fin);
  }

  onDatagram(id: number, protocol: number, offset: number, message: Uint8Array): void {
    this.streams.onDatagram(id, protocol, offset, message);
  }

  onDatagramOffset(id: number, protocol: number, offset: number, isEnd: boolean): void {
    this.streams.onDatagramOffset(id, protocol, offset, isEnd);
  }

  onReset(id: number, code: number, notStarted: boolean): void {
    this.streams.onReset(id, code, notStarted);
  }

  onMaxStreamData(id: number, limit: number): void {
    this.streams.onCredit(id, limit);
  }

  onMaxStreams(limit: number): void {
    this.streams.table.onMaxStreams(limit);
  }

  onGoaway(accepted: number): void {
    this.streams.onGoaway(accepted);
  }
}
