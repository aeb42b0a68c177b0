import { assertNever } from "@selvage/core";

import { PacketType, PROTOCOL_VERSION } from "../packet/header.ts";
import type { DropReason } from "../stats.ts";
import type { Dialer } from "./dialer.ts";
import type { Agreement, HandshakeHost } from "./handshake-host.ts";
import { readFinal, readUnknownSession } from "./packets.ts";
import { checkMac } from "./psk-keys.ts";
import type { Responder } from "./responder.ts";

/** Where the gate lets things through to. */
export interface GateOutlet {
  readonly dialer: Dialer;
  readonly responder: Responder;
  /** A peer has dialled us, and proven who it is. */
  onAgreed(agreement: Agreement): void;
  /** Message 3 of a handshake that is over: its sender has not heard what came of it. */
  onLateFinal(index: number): void;
  /** A peer says that it knows nothing of the session with this index. */
  onUnknownSession(remoteIndex: number, from: string): void;
}

/**
 * Lets handshake packets in. Whoever lacks the pre-shared key gets silence, before anything costly
 * is done for it.
 */
export class HandshakeGate {
  readonly #host: HandshakeHost;
  readonly #outlet: GateOutlet;

  constructor(host: HandshakeHost, outlet: GateOutlet) {
    this.#host = host;
    this.#outlet = outlet;
  }

  /**
   * Takes a packet that is no data packet; answers why it was dropped, if it was. `source` is whose
   * share of our attention it uses up: the address that it came from, if not through a relay.
   */
  onPacket(packet: Uint8Array, from: string, source: string = from): DropReason | undefined {
    const { crypto, psks } = this.#host;
    const type = packet[0];
    if (packet.length < 2) return "too-short";
    if (!isHandshakeType(type)) return "unknown-type";
    const psk = checkMac(crypto, psks, packet);
    if (psk === undefined) return "stranger";
    const { dialer, responder } = this.#outlet;
    if (packet[1] !== PROTOCOL_VERSION && type !== PacketType.versionList) {
      if (type === PacketType.init) responder.refuseVersion({ packet, from, source, psk });
      return "unknown-version";
    }
    switch (type) {
      case PacketType.init: {
        const drop = responder.onInit({ packet, from, source, psk });
        return drop === undefined ? undefined : `handshake-${drop}`;
      }
      case PacketType.response:
        dialer.onResponse(packet);
        return undefined;
      case PacketType.final:
        return this.#onFinal(packet, from);
      case PacketType.cookieReply:
        return dialer.onCookieReply(packet) ? undefined : "handshake-stale";
      case PacketType.versionList:
        return dialer.onVersionList(packet) ? undefined : "handshake-stale";
      case PacketType.unknownSession: {
        const index = readUnknownSession(packet);
        if (index === undefined) return "too-short";
        this.#outlet.onUnknownSession(index, from);
        return undefined;
      }
      default:
        return assertNever(type);
    }
  }

  #onFinal(packet: Uint8Array, from: string): DropReason | undefined {
    const agreed = this.#outlet.responder.onFinal(packet, from);
    if (typeof agreed !== "string") {
      this.#outlet.onAgreed(agreed);
      return undefined;
    }
    const final = readFinal(packet);
    if (agreed === "stale" && final !== undefined) this.#outlet.onLateFinal(final.responderIndex);
    return `handshake-${agreed}`;
  }
}

type HandshakeType = Exclude<(typeof PacketType)[keyof typeof PacketType], typeof PacketType.data>;

const handshakeTypes: ReadonlySet<number | undefined> = new Set(
  Object.values(PacketType).filter((type) => type !== PacketType.data),
);

const isHandshakeType = (type: number | undefined): type is HandshakeType =>
  handshakeTypes.has(type);
