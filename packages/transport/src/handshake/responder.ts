import { equalBytes, utf8 } from "@selvage/core";

import { createNoiseResponder, type NoiseHandshake } from "../noise/index.ts";
import { PROTOCOL_VERSION } from "../packet/header.ts";
import { decodeHandshakeHello } from "../wire/handshake.gen.ts";
import { type Agreement, type HandshakeHost, PROLOGUE } from "./handshake-host.ts";
import { readFinal, readInit, writeResponse } from "./packets.ts";
import { readProof, writeProof } from "./proof.ts";
import { type PskKeys, sealMac } from "./psk-keys.ts";

/** Why a handshake packet led to nothing. */
export type HandshakeDrop = "malformed" | "version" | "too-many" | "authentication" | "stale";

interface Pending {
  readonly index: number;
  readonly key: string;
  readonly from: string;
  readonly initiatorIndex: number;
  readonly initNoise: Uint8Array;
  readonly noise: NoiseHandshake;
  readonly response: Uint8Array;
  readonly expiresAt: number;
  readonly respondedAt: number;
}

/**
 * The answering side of handshakes. State per half-done handshake is bounded and short-lived; a
 * repeated message 1 gets the identical message 2, so that repetition costs no key exchange.
 */
export class Responder {
  readonly #host: HandshakeHost;
  readonly #byOrigin: Map<string, Pending> = new Map();
  readonly #byIndex: Map<number, Pending> = new Map();

  constructor(host: HandshakeHost) {
    this.#host = host;
  }

  /** Handshakes half done. */
  get size(): number {
    return this.#byIndex.size;
  }

  /** Whether a half-done handshake uses the index. */
  has(index: number): boolean {
    return this.#byIndex.has(index);
  }

  /** Message 1, whose mac was right under `psk`. */
  onInit(packet: Uint8Array, from: string, psk: PskKeys): HandshakeDrop | undefined {
    const init = readInit(packet);
    if (init === undefined) return "malformed";
    const key = `${from}/${init.index}`;
    const known = this.#byOrigin.get(key);
    if (known !== undefined && equalBytes(known.initNoise, init.noise)) {
      this.#host.transmit(known.response.slice(), from);
      return undefined;
    }
    if (this.#byIndex.size >= this.#host.limits.maxPendingHandshakes) return "too-many";
    const { clock, crypto, entropy, own, limits } = this.#host;
    const noise = createNoiseResponder({
      provider: crypto,
      entropy,
      staticKey: own.identity.noiseStaticKey,
      psk: psk.noise,
      prologue: utf8(PROLOGUE),
    });
    const read = noise.readMessage(init.noise);
    if (read === undefined) return "authentication";
    if (!speaksOurVersion(read.payload)) return "version";
    const index = this.#host.freeIndex();
    const message = noise.writeMessage((hash) => writeProof(own, "responder", hash));
    const response = writeResponse(index, init.index, message);
    sealMac(crypto, psk, response);
    const now = clock.now();
    if (known !== undefined) this.#forget(known);
    const pending: Pending = {
      index,
      key,
      from,
      initiatorIndex: init.index,
      initNoise: init.noise.slice(),
      noise,
      response,
      expiresAt: now + limits.handshakeTimeoutMs,
      respondedAt: now,
    };
    this.#byOrigin.set(key, pending);
    this.#byIndex.set(index, pending);
    this.#host.transmit(response.slice(), from);
    return undefined;
  }

  /** Message 3, whose mac was right; gives what was agreed, or why it led to nothing. */
  onFinal(packet: Uint8Array, from: string): Agreement | HandshakeDrop {
    const final = readFinal(packet);
    if (final === undefined) return "malformed";
    const pending = this.#byIndex.get(final.responderIndex);
    if (pending === undefined) return "stale";
    const { noise } = pending;
    const read = noise.readMessage(final.noise);
    const staticKey = noise.remoteStaticKey;
    if (read === undefined || staticKey === undefined) return "authentication";
    this.#forget(pending);
    const { crypto, clock } = this.#host;
    const peer = readProof(crypto, read.payload, "initiator", read.hash, staticKey);
    if (peer === undefined) return "authentication";
    return {
      role: "responder",
      localIndex: pending.index,
      remoteIndex: pending.initiatorIndex,
      address: from,
      peer,
      keys: noise.split(),
      rttMs: Math.max(1, clock.now() - pending.respondedAt),
    };
  }

  /** Drops what was begun and never finished. */
  expire(now: number): void {
    for (const pending of this.#byIndex.values()) {
      if (pending.expiresAt > now) return;
      this.#forget(pending);
    }
  }

  #forget(pending: Pending): void {
    this.#byIndex.delete(pending.index);
    if (this.#byOrigin.get(pending.key) === pending) this.#byOrigin.delete(pending.key);
  }
}

function speaksOurVersion(payload: Uint8Array): boolean {
  try {
    const { minVersion, maxVersion } = decodeHandshakeHello(payload);
    return minVersion <= PROTOCOL_VERSION && PROTOCOL_VERSION <= maxVersion;
  } catch {
    return false;
  }
}
