import { type Deferred, deferred, type NodeId, type Timer, utf8 } from "@selvage/core";

import { TransportError } from "../errors.ts";
import { createNoiseInitiator, type NoiseHandshake } from "../noise/index.ts";
import { encodeHandshakeHello } from "../wire/handshake.gen.ts";
import { openCookie, writeCookieMac } from "./cookies.ts";
import { type Agreement, type HandshakeHost, PROLOGUE } from "./handshake-host.ts";
import {
  FINAL_OVERHEAD_BYTES,
  initBytesFor,
  readResponse,
  writeFinal,
  writeInit,
} from "./packets.ts";
import { readProof, writeProof } from "./proof.ts";
import { macOf, sealMac } from "./psk-keys.ts";
import type { CookieReply } from "./replies.ts";
import { describeVersions, isSpoken, OWN_VERSIONS } from "./versions.ts";

/** Retransmissions double up to this distance, in milliseconds. */
const MAX_RETRY_MS = 1_000;

/** Times message 3 is sent to somebody who may have forgotten what it belongs to. */
const MAX_FINALS = 4;

/** Where an outgoing handshake stands. */
type Stage =
  | { readonly name: "waiting-for-response" }
  | { readonly name: "waiting-for-confirmation" }
  | { readonly name: "over" };

/**
 * One outgoing handshake. It repeats its latest message until the peer answers, and counts for
 * nothing before the first authenticated packet under the new keys: only that proves that the
 * peer has what we sent.
 */
export class Initiation {
  readonly index: number;
  readonly address: string;
  readonly expected: NodeId | undefined;
  readonly #host: HandshakeHost;
  readonly #noise: NoiseHandshake;
  readonly #startedAt: number;
  readonly #done: Deferred<void> = deferred();
  readonly #onAgreed: (agreement: Agreement) => void;
  readonly #onOver: () => void;
  readonly #onStale: (() => void) | undefined;
  #stage: Stage = { name: "waiting-for-response" };
  #message: Uint8Array;
  #cookieHeeded = false;
  #finals = 0;
  #retryMs: number;
  #timer: Timer | undefined;
  #deadline: Timer;
  #deadlineAt: number;

  constructor(
    host: HandshakeHost,
    parts: {
      readonly address: string;
      /** Whom we expect there; anybody with the key if `undefined`. */
      readonly expected?: NodeId | undefined;
      readonly timeoutMs: number;
      /** The keys are known; packets under them may arrive from now on. */
      readonly onAgreed: (agreement: Agreement) => void;
      /** The handshake ended, one way or the other. */
      readonly onOver: () => void;
      /**
       * Message 3 was sent again and again without an answer: the peer was restarted meanwhile,
       * perhaps, and another handshake has better prospects. Default: goes on repeating it.
       */
      readonly onStale?: (() => void) | undefined;
    },
  ) {
    const { clock, crypto, entropy, limits, own, psks } = host;
    this.#host = host;
    this.index = host.freeIndex();
    this.address = parts.address;
    this.expected = parts.expected;
    this.#onAgreed = parts.onAgreed;
    this.#onOver = parts.onOver;
    this.#onStale = parts.onStale;
    this.#retryMs = limits.handshakeRetryMs;
    this.#startedAt = clock.now();
    this.#noise = createNoiseInitiator({
      provider: crypto,
      entropy,
      staticKey: own.identity.noiseStaticKey,
      psk: psks[0].noise,
      prologue: utf8(PROLOGUE),
    });
    const hello = encodeHandshakeHello({
      minVersion: OWN_VERSIONS.min,
      maxVersion: OWN_VERSIONS.max,
    });
    const noise = this.#noise.writeMessage(() => hello);
    this.#message = this.#sealed(writeInit(this.index, noise, initBytesFor(this.address)));
    this.#done.promise.catch(() => {});
    this.#deadlineAt = this.#startedAt + parts.timeoutMs;
    this.#deadline = clock.setTimeout(() => this.#onDeadline(), parts.timeoutMs);
    this.#transmit();
  }

  /** Resolves when the session stands, rejects when it will not. */
  get done(): Promise<void> {
    return this.#done.promise;
  }

  /** Goes on for at least that long from now: somebody else waits for it too. */
  extend(timeoutMs: number): void {
    const { clock } = this.#host;
    const at = clock.now() + timeoutMs;
    if (this.#stage.name === "over" || at <= this.#deadlineAt) return;
    this.#deadlineAt = at;
    this.#deadline[Symbol.dispose]();
    this.#deadline = clock.setTimeout(() => this.#onDeadline(), timeoutMs);
  }

  /**
   * The other end is under load and wants message 1 once more, with a cookie. Heeded once per
   * repetition, so that nobody can make us speak faster. The caller has checked the reply's mac.
   */
  onCookieReply({ nonce, sealed }: CookieReply): void {
    if (this.#stage.name !== "waiting-for-response" || this.#cookieHeeded) return;
    const { crypto, psks } = this.#host;
    const cookie = openCookie(crypto, psks[0], { nonce, mac1: macOf(this.#message), sealed });
    if (cookie === undefined) return;
    this.#cookieHeeded = true;
    writeCookieMac(crypto, cookie, this.#message);
    this.#host.transmit(this.#sealed(this.#message).slice(), this.address);
  }

  /** The other end speaks only these versions. The caller has checked the list's mac. */
  onVersionList(versions: readonly number[]): void {
    if (this.#stage.name !== "waiting-for-response" || versions.length === 0) return;
    if (versions.some((version) => isSpoken(version))) return;
    const theirs = { min: Math.min(...versions), max: Math.max(...versions) };
    const ours = describeVersions(OWN_VERSIONS);
    const text = `we speak ${ours}, ${this.address} speaks ${describeVersions(theirs)}`;
    this.fail(new TransportError("version-mismatch", text));
  }

  /** Message 2 arrived. The caller has checked its mac. */
  onResponse(packet: Uint8Array): void {
    if (this.#stage.name !== "waiting-for-response") return;
    const response = readResponse(packet);
    const read = response && this.#noise.readMessage(response.noise);
    const staticKey = this.#noise.remoteStaticKey;
    if (response === undefined || read === undefined || staticKey === undefined) return;
    const { crypto, own } = this.#host;
    const peer = readProof(crypto, read.payload, "responder", read.hash, staticKey);
    if (peer === undefined) {
      this.fail(new TransportError("handshake-failed", `${this.address} gave no valid proof`));
      return;
    }
    if (this.expected !== undefined && peer.nodeId !== this.expected) {
      this.fail(
        new TransportError(
          "handshake-failed",
          `expected node ${this.expected} at ${this.address}, found ${peer.nodeId}`,
        ),
      );
      return;
    }
    if (peer.nodeId === own.identity.nodeId) {
      this.fail(new TransportError("handshake-failed", `${this.address} is this node itself`));
      return;
    }
    const room = initBytesFor(this.address) - FINAL_OVERHEAD_BYTES;
    const noise = this.#noise.writeMessage((hash) => writeProof(own, "initiator", hash, room));
    this.#message = this.#sealed(writeFinal(response.index, noise));
    const now = this.#host.clock.now();
    // From the first transmission on: which of several was answered cannot be known (Karn), and a
    // seed that is too large only makes the first probes late.
    const rttMs = now - this.#startedAt;
    this.#stage = { name: "waiting-for-confirmation" };
    this.#retryMs = this.#host.limits.handshakeRetryMs;
    this.#onAgreed({
      role: "initiator",
      localIndex: this.index,
      remoteIndex: response.index,
      // Wherever the answer came from: this is where it was asked for.
      address: this.address,
      peer,
      keys: this.#noise.split(),
      rttMs: Math.max(1, rttMs),
    });
    this.#transmit();
  }

  /** The first authenticated packet arrived. */
  confirm(): void {
    if (this.#stage.name !== "waiting-for-confirmation") return;
    this.#end();
    this.#done.resolve();
  }

  fail(error: TransportError): void {
    if (this.#stage.name === "over") return;
    this.#end();
    this.#done.reject(error);
  }

  /** Ends without an outcome: another handshake takes over. */
  abandon(): void {
    if (this.#stage.name !== "over") this.#end();
  }

  #end(): void {
    this.#stage = { name: "over" };
    this.#timer?.[Symbol.dispose]();
    this.#deadline[Symbol.dispose]();
    this.#onOver();
  }

  #onDeadline(): void {
    this.fail(handshakeTimeout(this.address, this.#deadlineAt - this.#startedAt));
  }

  #sealed(packet: Uint8Array): Uint8Array {
    sealMac(this.#host.crypto, this.#host.psks[0], packet);
    return packet;
  }

  #transmit(): void {
    const { clock } = this.#host;
    this.#timer?.[Symbol.dispose]();
    if (this.#stage.name === "waiting-for-confirmation") this.#finals++;
    if (this.#finals > MAX_FINALS && this.#onStale !== undefined) {
      this.#onStale();
      return;
    }
    this.#cookieHeeded = false;
    // The driver owns what it is given, and this message may be needed again.
    this.#host.transmit(this.#message.slice(), this.address);
    this.#timer = clock.setTimeout(() => this.#transmit(), this.#retryMs);
    this.#retryMs = Math.min(MAX_RETRY_MS, this.#retryMs * 2);
  }
}

/** Nobody answered in time. */
export function handshakeTimeout(address: string, timeoutMs: number): TransportError {
  return new TransportError(
    "handshake-timeout",
    `nobody with our key answered at ${address} within ${Math.round(timeoutMs)} ms`,
  );
}
