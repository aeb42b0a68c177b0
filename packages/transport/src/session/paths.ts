import { type Entropy, equalBytes } from "@selvage/core";

import { ByteWriter } from "../packet/bytes-io.ts";
import { FrameType, PATH_DATA_BYTES } from "../packet/frames.ts";
import { PACKET_OVERHEAD_BYTES } from "../packet/header.ts";

/** Times a challenge is sent before its path counts as dead. */
const MAX_ATTEMPTS = 3;
/** Paths asked about at once. */
const MAX_CHALLENGES = 8;
/** The longest pause before an address that did not answer is asked again, in milliseconds. */
const MAX_PAUSE_MS = 2_000;
/** What may be sent to an address before it has answered, as a multiple of what came from it. */
const AMPLIFICATION = 3;
/** A path frame with its type. */
const PATH_FRAME_BYTES = 1 + PATH_DATA_BYTES;

/** What the paths of a session need of it. */
export interface PathsHost {
  readonly entropy: Entropy;
  /** The probe timeout of the present path, in milliseconds. */
  ptoMs(): number;
  /** Sends frames in a packet of their own, to an address that need not be the present one. */
  sendOn(address: string, payload: Uint8Array): void;
  /** Bytes of frames in a full packet to the address. */
  roomTo(address: string): number;
  /** Other addresses at which the peer may be, best first. */
  candidates(): readonly string[];
  /** Whether the first address is a better way than the second. */
  isBetter(one: string, other: string): boolean;
  /** The path is another now; `rttMs` is its round trip, if it was measured. */
  onPathChange(rttMs: number | undefined): void;
}

interface Challenge {
  readonly address: string;
  readonly data: Uint8Array;
  readonly sentAt: number;
  /** It is about the present path: without an answer, the last good one is taken again. */
  mustAnswer: boolean;
  attempts: number;
  nextAt: number;
}

/** How an address was asked in vain during one silence. */
interface Attempt {
  pauseMs: number;
  notBefore: number;
}

/**
 * Where a peer is, as in RFC 9000 §9: packets of a session are found by their index and may come
 * from anywhere, but nothing much is sent to an address before it has answered a challenge.
 */
export class Paths {
  readonly #host: PathsHost;
  #current: string;
  /** Sent to and received from the present path, while it has not answered; then `undefined`. */
  #unproven: { sent: number; received: number } | undefined;
  /** The last path that answered, while the present one has not. */
  #fallback: string | undefined;
  #challenges: Challenge[] = [];
  #silentSince = Number.NEGATIVE_INFINITY;
  readonly #attempts: Map<string, Attempt> = new Map();
  #changes = 0;

  constructor(host: PathsHost, address: string) {
    this.#host = host;
    this.#current = address;
  }

  get current(): string {
    return this.#current;
  }

  /** How often the path has changed. */
  get changes(): number {
    return this.#changes;
  }

  /** Bytes that may be sent on the present path now: few until it has answered. */
  get allowanceBytes(): number {
    const unproven = this.#unproven;
    if (unproven === undefined) return Number.POSITIVE_INFINITY;
    return AMPLIFICATION * unproven.received - unproven.sent;
  }

  /** Something of `bytes` was sent on the present path. */
  onSent(bytes: number): void {
    if (this.#unproven !== undefined) this.#unproven.sent += bytes;
  }

  /** A packet authenticated. `moves`: none newer came before, and it is more than a path probe. */
  onPacket(now: number, from: string, bytes: number, moves: boolean): void {
    if (from !== this.#current) {
      if (moves) this.#follow(now, from, bytes);
    } else if (this.#unproven !== undefined) {
      this.#unproven.received += bytes;
    }
  }

  /** The peer asks whether we are there; the answer takes the way of the question. */
  onChallenge(from: string, data: Uint8Array, bytes: number): void {
    const room = Math.min(this.#host.roomTo(from), bytes);
    this.#host.sendOn(from, pathFrame(FrameType.pathResponse, data, room));
  }

  /** The peer answered a challenge: the path that it was sent on carries both ways. */
  onResponse(now: number, data: Uint8Array): void {
    const challenge = this.#challenges.find((one) => equalBytes(one.data, data));
    if (challenge === undefined) return;
    const { address, sentAt } = challenge;
    this.#forget(address);
    if (address === this.#current) {
      this.#unproven = undefined;
      this.#fallback = undefined;
    } else {
      // Others that were asked at the same time answer later: their ways are longer.
      this.#challenges = [];
      this.#take(address, now - sentAt);
    }
  }

  /**
   * The present path is silent: asks at every other address where the peer may be, ever more rarely
   * for as long as the silence lasts. The addresses are the peer's word: somebody else may be there.
   */
  seek(now: number, silentSince: number): void {
    if (silentSince !== this.#silentSince) this.#attempts.clear();
    this.#silentSince = silentSince;
    for (const address of this.#host.candidates()) {
      const attempt = this.#attempts.get(address);
      if (attempt !== undefined && now < attempt.notBefore) continue;
      if (!this.#challenge(now, address)) continue;
      const pauseMs = Math.min(MAX_PAUSE_MS, 2 * (attempt?.pauseMs ?? this.#host.ptoMs() * 2));
      this.#attempts.set(address, { pauseMs, notBefore: now + pauseMs });
    }
  }

  /** Asks only where a way would be better than the present one. */
  seekBetter(now: number): void {
    for (const address of this.#host.candidates()) {
      if (this.#host.isBetter(address, this.#current)) this.#challenge(now, address);
    }
  }

  /** When {@link step} has something to do. */
  get nextAt(): number {
    return Math.min(Number.POSITIVE_INFINITY, ...this.#challenges.map(({ nextAt }) => nextAt));
  }

  /** Repeats challenges, and gives up paths that do not answer. */
  step(now: number): void {
    for (const challenge of [...this.#challenges]) {
      if (now < challenge.nextAt) continue;
      if (challenge.attempts < MAX_ATTEMPTS) {
        this.#send(now, challenge);
        continue;
      }
      this.#forget(challenge.address);
      if (challenge.mustAnswer && challenge.address === this.#current) this.#fallBack();
    }
  }

  /** The peer moved, or its address was translated anew. */
  #follow(now: number, address: string, bytes: number): void {
    const proven = this.#unproven === undefined ? this.#current : this.#fallback;
    this.#challenges = this.#challenges.filter((one) => !one.mustAnswer);
    this.#take(address, undefined);
    if (address === proven) return;
    this.#fallback = proven;
    this.#unproven = { sent: 0, received: bytes };
    this.#challenge(now, address, true);
  }

  #fallBack(): void {
    if (this.#fallback === undefined) return;
    const address = this.#fallback;
    this.#take(address, undefined);
  }

  #take(address: string, rttMs: number | undefined): void {
    this.#current = address;
    this.#unproven = undefined;
    this.#fallback = undefined;
    this.#changes++;
    this.#host.onPathChange(rttMs);
  }

  /** Asks at an address; answers whether that began now. */
  #challenge(now: number, address: string, mustAnswer = false): boolean {
    const known = this.#challenges.find((one) => one.address === address);
    if (known !== undefined) {
      known.mustAnswer ||= mustAnswer;
      return false;
    }
    if (!mustAnswer && (address === this.#current || this.#challenges.length >= MAX_CHALLENGES)) {
      return false;
    }
    const data = this.#host.entropy.bytes(PATH_DATA_BYTES);
    const challenge = { address, data, sentAt: now, mustAnswer, attempts: 0, nextAt: now };
    this.#challenges.push(challenge);
    this.#send(now, challenge);
    return true;
  }

  /**
   * A full packet on the path that is used, so that it is known to take one, but for what is not
   * allowed there yet. Somewhere else nobody may have asked for a packet.
   */
  #roomTo({ address }: Challenge): number {
    if (address !== this.#current) return 0;
    const room = this.#host.roomTo(address);
    return this.allowanceBytes >= room + PACKET_OVERHEAD_BYTES ? room : 0;
  }

  #send(now: number, challenge: Challenge): void {
    challenge.attempts++;
    challenge.nextAt = now + this.#host.ptoMs();
    const payload = pathFrame(FrameType.pathChallenge, challenge.data, this.#roomTo(challenge));
    this.#host.sendOn(challenge.address, payload);
  }

  #forget(address: string): void {
    this.#challenges = this.#challenges.filter((one) => one.address !== address);
  }
}

/** A path frame alone in its packet, padded to `length`. */
function pathFrame(type: number, data: Uint8Array, length: number): Uint8Array {
  const payload = new Uint8Array(Math.max(PATH_FRAME_BYTES, length));
  const writer = new ByteWriter(payload);
  writer.u8(type);
  writer.raw(data);
  return payload;
}
