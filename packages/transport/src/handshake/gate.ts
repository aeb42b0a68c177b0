import { assertNever } from "@selvage/core";

import { PacketType, PROTOCOL_VERSION } from "../packet/header.ts";
import type { DropReason } from "../stats.ts";
import type { Dialer } from "./dialer.ts";
import type { Agreement, HandshakeHost } from "./handshake-host.ts";
import { readUnknownSession } from "./packets.ts";
import { checkMac } from "./psk-keys.ts";
import type { Responder } from "./responder.ts";

/** Where the gate lets things through to. */
export interface GateOutlet {
  readonly dialer: Dialer;
  readonly responder: Responder;
  /** A peer has dialled us, and proven who it is. */
  onAgreed(agreement: Agreement): void;
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

  /** Takes a packet that is no data packet; answers why it was dropped, if it was. */
  onPacket(packet: Uint8Array, from: string): DropReason | undefined {
    const { crypto, psks } = this.#host;
    const type = packet[0];
    if (packet.length < 2) return "too-short";
    if (
      type !== PacketType.init &&
      type !== PacketType.response &&
      type !== PacketType.final &&
      type !== PacketType.unknownSession
    ) {
      return "unknown-type";
    }
    const psk = checkMac(crypto, psks, packet);
    if (psk === undefined) return "stranger";
    if (packet[1] !== PROTOCOL_VERSION) return "unknown-version";
    const { dialer, responder } = this.#outlet;
    switch (type) {
      case PacketType.init: {
        const drop = responder.onInit(packet, from, psk);
        return drop === undefined ? undefined : `handshake-${drop}`;
      }
      case PacketType.response:
        dialer.onResponse(packet, from);
        return undefined;
      case PacketType.final: {
        const agreed = responder.onFinal(packet, from);
        if (typeof agreed === "string") return `handshake-${agreed}`;
        this.#outlet.onAgreed(agreed);
        return undefined;
      }
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
}
