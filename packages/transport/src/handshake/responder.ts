import { equalBytes, TokenBucket, utf8 } from "@selvage/core";

import { createNoiseResponder } from "../noise/index.ts";
import { decodeHandshakeHello } from "../wire/handshake.gen.ts";
import { Admission } from "./admission.ts";
import { COOKIE_NONCE_BYTES, CookieMaker, sealCookie } from "./cookies.ts";
import { type Agreement, type HandshakeHost, PROLOGUE } from "./handshake-host.ts";
import {
  initBytesFor,
  readFinal,
  readInit,
  readInitIndex,
  RESPONSE_OVERHEAD_BYTES,
  writeResponse,
} from "./packets.ts";
import { PendingHandshakes } from "./pending-handshakes.ts";
import { readProof, writeProof } from "./proof.ts";
import { macOf, type PskKeys, sealMac } from "./psk-keys.ts";
import { writeCookieReply, writeVersionList } from "./replies.ts";
import { hostOf } from "./source.ts";
import { highestCommon, OWN_VERSIONS } from "./versions.ts";

/** Why a handshake packet led to nothing. */
export type HandshakeDrop =
  | "malformed"
  | "version"
  | "cookie-required"
  | "rate-limited"
  | "too-many"
  | "authentication"
  | "stale";

/** Version lists per second, and at once. */
const VERSION_LISTS_PER_SECOND = 50;

/** A message 1 whose mac was right. */
export interface ReceivedInit {
  readonly packet: Uint8Array;
  /** Where answers go. */
  readonly from: string;
  /** Whose share it uses up; see {@link hostOf}. */
  readonly source: string;
  /** The keys under which its mac was right. */
  readonly psk: PskKeys;
}

/**
 * The answering side of handshakes. State per half-done handshake is bounded and short-lived; a
 * repeated message 1 gets the identical message 2, so that repetition costs no key exchange.
 */
export class Responder {
  readonly #host: HandshakeHost;
  readonly #onEvicted: () => void;
  readonly #pending: PendingHandshakes;
  readonly #cookies: CookieMaker;
  readonly #admission: Admission;
  readonly #versionLists: TokenBucket;

  /** `onEvicted`: a half-done handshake made room for another one. */
  constructor(host: HandshakeHost, onEvicted: () => void) {
    this.#host = host;
    this.#onEvicted = onEvicted;
    this.#pending = new PendingHandshakes(host.limits.maxPendingHandshakes);
    this.#cookies = new CookieMaker(host);
    this.#admission = new Admission(this.#cookies, host);
    this.#versionLists = new TokenBucket(VERSION_LISTS_PER_SECOND, VERSION_LISTS_PER_SECOND, () =>
      host.clock.now(),
    );
  }

  /** Handshakes half done. */
  get size(): number {
    return this.#pending.size;
  }

  /** Whether a half-done handshake uses the index. */
  has(index: number): boolean {
    return this.#pending.withIndex(index) !== undefined;
  }

  /** Message 1 of our version. */
  onInit(received: ReceivedInit): HandshakeDrop | undefined {
    const { packet, from, source, psk } = received;
    const init = readInit(packet, initBytesFor(from));
    if (init === undefined) return "malformed";
    const origin = `${from}/${init.index}`;
    const known = this.#pending.fromOrigin(origin);
    if (known !== undefined && equalBytes(known.initNoise, init.noise)) {
      this.#host.transmit(known.response.slice(), from);
      return undefined;
    }
    const verdict = this.#admission.judge(packet, source, this.#pending.size);
    if (verdict === "cookie-required") this.#sendCookie(received, init.index);
    if (verdict !== "admitted") return verdict;
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
    if (!speaksOurVersion(read.payload)) {
      this.refuseVersion(received);
      return "version";
    }
    const index = this.#host.freeIndex();
    // No answer to somebody unproven is longer than its cause.
    const room = packet.length - RESPONSE_OVERHEAD_BYTES;
    const message = noise.writeMessage((hash) => writeProof(own, "responder", hash, room));
    const response = writeResponse(index, init.index, message);
    sealMac(crypto, psk, response);
    const now = clock.now();
    const evicted = this.#pending.add({
      index,
      from,
      origin,
      host: hostOf(source),
      initiatorIndex: init.index,
      initNoise: init.noise.slice(),
      noise,
      response,
      expiresAt: now + limits.handshakeTimeoutMs,
      respondedAt: now,
    });
    if (evicted) this.#onEvicted();
    this.#host.transmit(response.slice(), from);
    return undefined;
  }

  /** Message 1 of versions that we do not speak: names ours, in less than any such packet has. */
  refuseVersion({ packet, from, psk }: ReceivedInit): void {
    const index = readInitIndex(packet);
    if (index === undefined || !this.#versionLists.take()) return;
    this.#send(writeVersionList(index, OWN_VERSIONS), from, psk);
  }

  /** Message 3, whose mac was right; gives what was agreed, or why it led to nothing. */
  onFinal(packet: Uint8Array, from: string): Agreement | HandshakeDrop {
    const final = readFinal(packet);
    if (final === undefined) return "malformed";
    const pending = this.#pending.withIndex(final.responderIndex);
    // Message 2 went to the address that proves itself by this one; nobody else is meant.
    if (pending === undefined || pending.from !== from) return "stale";
    const { noise } = pending;
    const read = noise.readMessage(final.noise);
    const staticKey = noise.remoteStaticKey;
    if (read === undefined || staticKey === undefined) return "authentication";
    this.#pending.remove(pending);
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
    this.#pending.expire(now);
  }

  #sendCookie({ packet, from, source, psk }: ReceivedInit, initiatorIndex: number): void {
    const { crypto, entropy } = this.#host;
    const nonce = entropy.bytes(COOKIE_NONCE_BYTES);
    const cookie = this.#cookies.cookieFor(source);
    const sealed = sealCookie(crypto, psk, { nonce, mac1: macOf(packet), cookie });
    this.#send(writeCookieReply({ initiatorIndex, nonce, sealed }), from, psk);
  }

  #send(packet: Uint8Array, to: string, psk: PskKeys): void {
    sealMac(this.#host.crypto, psk, packet);
    this.#host.transmit(packet, to);
  }
}

function speaksOurVersion(payload: Uint8Array): boolean {
  try {
    const { minVersion: min, maxVersion: max } = decodeHandshakeHello(payload);
    return highestCommon({ min, max }, OWN_VERSIONS) !== undefined;
  } catch {
    return false;
  }
}
