import type { Clock } from "@selvage/core";

import { BASE_DATAGRAM_BYTES } from "../defaults.ts";
import { FrameType } from "../packet/frames.ts";
import { PACKET_OVERHEAD_BYTES } from "../packet/header.ts";
import { Pacer } from "../recovery/pacer.ts";
import type { Acknowledgements } from "./acknowledgements.ts";
import type { Egress } from "./egress.ts";
import type { Liveness } from "./liveness.ts";
import type { MtuSearch } from "./mtu-search.ts";
import type { PacketCipher } from "./packet-cipher.ts";
import type { Paths } from "./paths.ts";
import type { Recovery } from "./recovery.ts";
import { SentMtuProbe } from "./sent-frames.ts";

/** The least room worth a packet: an ACK fits, and something beside it. */
const MIN_ROOM_BYTES = 64;

/**
 * Frames of so many bytes leave before the turn ends, even if more would fit into the packet: by then
 * the cost of a packet is spread well, and a peer that waits for more idles.
 */
const GOOD_PACKET_BYTES = 2_048;

/** Packets that left like that before it is worth a search whether larger ones pass. */
const GOOD_PACKETS_BEFORE_SEARCH = 64;

/** Packets sent when a probe timeout expires, if as many wait for their acknowledgement. */
const MAX_PROBE_PACKETS = 2;

/** What sends the packets of a session, beside the parts that it shares with it. */
export interface PacketSenderParts {
  readonly cipher: PacketCipher;
  readonly acks: Acknowledgements;
  readonly egress: Egress;
  readonly recovery: Recovery;
  readonly liveness: Liveness;
  readonly paths: Paths;
  /** The memory that {@link Egress} fills. */
  readonly scratch: Uint8Array;
  /** Packets sent under one key before the next phase begins. */
  readonly keyPhasePackets: number;
  readonly loopDelayMs: () => number;
  readonly transmit: (datagram: Uint8Array, to: string) => void;
}

/** Turns what a session has to say into packets, as fast as window, pace and path allow. */
export class PacketSender {
  readonly #parts: PacketSenderParts;
  #mtu: MtuSearch;
  #pacer = new Pacer(BASE_DATAGRAM_BYTES);
  /** What the window was told of the size of datagrams. */
  #datagramBytes = BASE_DATAGRAM_BYTES;
  #lastElicitingAt: number;
  /** Times that something left before the turn ended. */
  #goodPackets = 0;
  /** Something waits for the pacer alone. */
  #isPaced = false;

  constructor(parts: PacketSenderParts, now: number, mtu: MtuSearch) {
    this.#parts = parts;
    this.#mtu = mtu;
    this.#lastElicitingAt = now;
  }

  /** When the last packet left that asks for an acknowledgement. */
  get lastElicitingAt(): number {
    return this.#lastElicitingAt;
  }

  /** When the pacer lets the next packet go; `Infinity` if nothing waits for it. */
  get nextAt(): number {
    return this.#isPaced ? this.#pacer.nextAt : Number.POSITIVE_INFINITY;
  }

  /** Nothing more may be sent on the path before it has answered. */
  get isMuted(): boolean {
    return this.#parts.paths.allowanceBytes < PACKET_OVERHEAD_BYTES + MIN_ROOM_BYTES;
  }

  /** The largest datagram that the path is known to take, in bytes. */
  get mtuBytes(): number {
    return this.#mtu.sizeBytes;
  }

  /** Bytes of frames in such a datagram. */
  get roomBytes(): number {
    return this.#mtu.sizeBytes - PACKET_OVERHEAD_BYTES;
  }

  /** Sends what is due. `ackNow`: do not hold back the ACK. */
  flush(now: number, ackNow: boolean, mayJudge: boolean): void {
    const { acks, egress, recovery } = this.#parts;
    if (mayJudge) this.#mtu.onLost(recovery.detectLost(now));
    for (;;) {
      const maySend = egress.hasWork() && this.#mayStart(now);
      if (!acks.isDue(now, ackNow) && !maySend) break;
      if (!this.send(now, maySend)) break;
    }
  }

  /** What makes a good packet leaves at once, so that the peer works while we do. */
  flushFull(clock: Clock): void {
    const { egress } = this.#parts;
    if (egress.waitingBytes < Math.min(this.roomBytes, GOOD_PACKET_BYTES)) return;
    const now = clock.now();
    if (++this.#goodPackets > GOOD_PACKETS_BEFORE_SEARCH) this.#probeMtu(now);
    while (egress.waitingBytes >= Math.min(this.roomBytes, GOOD_PACKET_BYTES)) {
      if (!this.#mayStart(now) || !this.send(now, true)) return;
    }
  }

  /**
   * Sends what waits longest once more, whatever the window says: the path is asked for a sign. Two
   * packets may be lost both, but are acknowledged at once (RFC 9002 §6.2.4).
   */
  probe(now: number): void {
    const { egress, recovery } = this.#parts;
    const packets = Math.min(MAX_PROBE_PACKETS, recovery.outstanding);
    recovery.requeueOldest(packets);
    if (!egress.hasWork()) egress.ping();
    for (let i = 0; i < packets && egress.hasWork(); i++) {
      this.send(now, true, BASE_DATAGRAM_BYTES);
    }
  }

  /** Sends one packet with what waits; answers whether there was something to send. */
  send(now: number, streams: boolean, maxBytes: number = Number.POSITIVE_INFINITY): boolean {
    const { acks, egress, loopDelayMs, scratch } = this.#parts;
    const room = Math.min(this.#roomNow(), maxBytes - PACKET_OVERHEAD_BYTES);
    if (room < MIN_ROOM_BYTES) return false;
    if (streams && egress.waitingBytes >= 2 * room) this.#probeMtu(now);
    const payload = egress.fill(room, acks.delays(now, loopDelayMs()), streams);
    if (payload.length === 0) return false;
    acks.onSent();
    const number = this.#transmit(scratch.subarray(0, payload.length));
    if (payload.eliciting) this.#track(number, now, payload.length, payload.frames);
    return true;
  }

  /** Sends frames in a packet of their own, of which nobody keeps track. */
  sendOn(address: string, payload: Uint8Array): void {
    const { cipher, paths, transmit } = this.#parts;
    const { datagram } = cipher.seal(payload);
    if (address === paths.current) paths.onSent(datagram.length);
    transmit(datagram, address);
  }

  onProgress(): void {
    const { cipher, keyPhasePackets, recovery } = this.#parts;
    this.#mtu.onAcked(recovery.ackedBytes);
    if (this.#mtu.sizeBytes !== this.#datagramBytes) {
      this.#datagramBytes = this.#mtu.sizeBytes;
      recovery.onDatagramBytes(this.#datagramBytes);
    }
    if (cipher.sentInPhase >= keyPhasePackets) cipher.update(recovery.largestAcked);
  }

  /** Everything about the path starts anew. */
  onPathChange(mtu: MtuSearch): void {
    this.#mtu = mtu;
    this.#datagramBytes = BASE_DATAGRAM_BYTES;
    this.#pacer = new Pacer(BASE_DATAGRAM_BYTES);
  }

  /** A relay on the way says what fits. */
  onMtuLimit(bytes: number): void {
    this.#mtu.onLimit(bytes);
  }

  #mayStart(now: number): boolean {
    const { recovery } = this.#parts;
    if (!recovery.mayStart()) return (this.#isPaced = false);
    const isOpen = this.#pacer.allows(now, recovery.windowBytes, recovery.smoothedRttMs);
    this.#isPaced = !isOpen;
    return isOpen;
  }

  /** Room for frames in the next packet: what path and window take, but for the smallest sizes. */
  #roomNow(): number {
    const { paths, recovery } = this.#parts;
    const bytes = Math.min(
      this.#mtu.sizeBytes,
      Math.max(BASE_DATAGRAM_BYTES, recovery.windowLeftBytes),
      paths.allowanceBytes,
    );
    // The window has fractions.
    return Math.floor(bytes) - PACKET_OVERHEAD_BYTES;
  }

  /** Asks for more room while there is use for it: lone calls never pay for a search. */
  #probeMtu(now: number): void {
    const bytes = this.#mtu.nextProbe(now);
    if (bytes === undefined) return;
    const payload = new Uint8Array(bytes - PACKET_OVERHEAD_BYTES);
    payload[0] = FrameType.ping;
    const number = this.#transmit(payload);
    this.#track(number, now, payload.length, [new SentMtuProbe(this.#mtu, bytes)], true);
  }

  #transmit(payload: Uint8Array): number {
    const { cipher, paths, transmit } = this.#parts;
    const { number, datagram } = cipher.seal(payload);
    paths.onSent(datagram.length);
    transmit(datagram, paths.current);
    return number;
  }

  #track(
    number: number,
    now: number,
    payloadBytes: number,
    frames: Parameters<Recovery["onSent"]>[3],
    isMtuProbe = false,
  ): void {
    const { liveness, recovery } = this.#parts;
    const bytes = payloadBytes + PACKET_OVERHEAD_BYTES;
    recovery.onSent(number, now, bytes, frames, isMtuProbe);
    this.#pacer.onSent(bytes);
    liveness.onSent(now);
    this.#lastElicitingAt = now;
  }
}
