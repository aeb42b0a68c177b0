import { BASE_DATAGRAM_BYTES } from "../defaults.ts";
import { NewReno } from "../recovery/congestion.ts";
import type { AckFrame } from "../recovery/received-packets.ts";
import { RttEstimator } from "../recovery/rtt.ts";
import { MIN_PACKET_COST_BYTES, type SentFrame, SentPackets } from "../recovery/sent-packets.ts";
import { StandingQueue } from "../recovery/standing-queue.ts";

/** Persistent congestion needs at least this long a silence, in milliseconds. */
const MIN_PERSISTENT_MS = 200;
/** The longest probe timeout, in milliseconds. */
const MAX_PTO_MS = 2_000;

/** Loss recovery of one session: RFC 9002 over one packet number space. */
export class Recovery {
  readonly #sent = new SentPackets();
  #rtt: RttEstimator;
  #congestion = new NewReno(BASE_DATAGRAM_BYTES);
  #queue: StandingQueue;
  readonly #loopDelayMs: () => number;
  /** The number of the packet that left last. */
  #newestNumber = -1;
  readonly #peerMaxAckDelayMs: number;
  readonly #peerBudgetBytes: number;
  #ptoCount = 0;
  #lastElicitingAt = 0;
  #nextLossAt: number | undefined;
  #suspectLoss = false;
  #lost = 0;
  #newestAckedSentAt = Number.NEGATIVE_INFINITY;
  #ackedBytes = 0;
  /** Packets sent before this time waited for us, not for the path: they give no sample. */
  #sampleFrom = Number.NEGATIVE_INFINITY;

  constructor(parts: {
    readonly handshakeRttMs: number;
    readonly peerMaxAckDelayMs: number;
    /** What the peer lets be in flight towards it. */
    readonly peerBudgetBytes: number;
    /** By how much our own event loop was late recently. */
    readonly loopDelayMs: () => number;
  }) {
    this.#loopDelayMs = parts.loopDelayMs;
    this.#queue = new StandingQueue(parts.loopDelayMs);
    this.#rtt = new RttEstimator(parts.handshakeRttMs);
    this.#peerMaxAckDelayMs = parts.peerMaxAckDelayMs;
    this.#peerBudgetBytes = parts.peerBudgetBytes;
  }

  /** Ack-eliciting packets in flight. */
  get outstanding(): number {
    return this.#sent.count;
  }

  /** When the last packet left that the peer has acknowledged: it was alive after that. */
  get newestAckedSentAt(): number {
    return this.#newestAckedSentAt;
  }

  get smoothedRttMs(): number {
    return this.#rtt.smoothedMs;
  }

  /** The shortest round trip on the present path. */
  get minRttMs(): number {
    return this.#rtt.minimumMs;
  }

  get rttVariationMs(): number {
    return this.#rtt.variationMs;
  }

  /** The probe timeout without back-off. */
  get ptoMs(): number {
    return this.#rtt.ptoMs(this.#peerMaxAckDelayMs);
  }

  /** The highest number acknowledged, or -1. */
  get largestAcked(): number {
    return this.#sent.largestAcked;
  }

  /** Bytes of the largest packet that the last ACK acknowledged. */
  get ackedBytes(): number {
    return this.#ackedBytes;
  }

  get bytesInFlight(): number {
    return this.#sent.bytesInFlight;
  }

  get lostPackets(): number {
    return this.#lost;
  }

  get windowBytes(): number {
    return Math.min(this.#congestion.windowBytes, this.#peerBudgetBytes);
  }

  /** Whether window and the peer's budget take another packet. */
  mayStart(): boolean {
    return (
      this.#sent.count === 0 || this.#sent.bytesInFlight + MIN_PACKET_COST_BYTES <= this.windowBytes
    );
  }

  /** Bytes of packets that window and the peer's budget still take. */
  get windowLeftBytes(): number {
    return this.windowBytes - this.#sent.bytesInFlight;
  }

  /** The path takes datagrams of this size. */
  onDatagramBytes(bytes: number): void {
    this.#congestion.onDatagramBytes(bytes);
  }

  onSent(
    number: number,
    now: number,
    bytes: number,
    frames: readonly SentFrame[],
    isMtuProbe = false,
  ): void {
    this.#lastElicitingAt = now;
    this.#newestNumber = number;
    const cost = Math.max(bytes, MIN_PACKET_COST_BYTES);
    this.#sent.add({ number, sentAt: now, bytes, cost, frames, isMtuProbe });
  }

  /** Takes an ACK; answers whether it acknowledged anything new. */
  onAck({ largest, ranges, ackDelayMs, loopDelayMs }: AckFrame, now: number): boolean {
    const limited = !this.mayStart();
    const acked = this.#sent.acknowledge(largest, ranges);
    const newest = acked[0];
    if (newest === undefined) return false;
    this.#newestAckedSentAt = Math.max(this.#newestAckedSentAt, newest.sentAt);
    if (newest.number === largest && newest.sentAt >= this.#sampleFrom) {
      const delayMs = Math.min(ackDelayMs, this.#peerMaxAckDelayMs);
      this.#rtt.sample(now - newest.sentAt, delayMs);
      const rttMs = Math.max(0, now - newest.sentAt - delayMs);
      const share = this.#queue.sample(now, {
        rttMs,
        number: largest,
        newest: this.#newestNumber,
        limited,
        peerLoopDelayMs: loopDelayMs,
      });
      if (share !== undefined) this.#congestion.onStandingQueue(share * this.windowBytes);
    }
    this.#ptoCount = 0;
    this.#suspectLoss = true;
    this.#ackedBytes = 0;
    for (const packet of acked) {
      this.#ackedBytes = Math.max(this.#ackedBytes, packet.bytes);
      this.#congestion.onAcked(packet.cost, packet.sentAt, limited);
      for (const frame of packet.frames) frame.onAcked();
    }
    return true;
  }

  /**
   * Declares what is lost by now; its frames queue themselves again. Answers the bytes of the
   * largest packet, 0 for none; sizes that were only tried do not count.
   */
  detectLost(now: number): number {
    if (!this.#suspectLoss && (this.#nextLossAt === undefined || now < this.#nextLossAt)) return 0;
    this.#suspectLoss = false;
    const { lost, nextLossAt, longestRunMs } = this.#sent.detectLost(now, this.#rtt.lossDelayMs());
    this.#nextLossAt = nextLossAt;
    this.#lost += lost.length;
    const real = lost.filter(({ isMtuProbe }) => !isMtuProbe);
    const newest = real.at(-1);
    if (newest !== undefined) this.#congestion.onLost(newest.sentAt, now);
    if (longestRunMs > Math.max(3 * this.ptoMs, MIN_PERSISTENT_MS)) {
      this.#congestion.onPersistentCongestion();
    }
    for (const packet of lost) for (const frame of packet.frames) frame.onLost();
    return Math.max(0, ...real.map(({ bytes }) => bytes));
  }

  /** When {@link detectLost} or a probe is due next. */
  nextAt(): number | undefined {
    if (this.#sent.count === 0) return undefined;
    return this.#nextLossAt ?? this.#ptoAt();
  }

  isPtoDue(now: number): boolean {
    return this.#sent.count > 0 && this.#nextLossAt === undefined && now >= this.#ptoAt();
  }

  /** Our own loop stood still until now: what was sent before says nothing about the path. */
  onOwnStall(now: number): void {
    this.#sampleFrom = now;
  }

  /**
   * The packets go another way now: nothing known of the old one holds (RFC 9000 §9.4). Until the
   * first sample, the round trip is taken to be `rttMs`, or what it was.
   */
  onPathChange(now: number, rttMs: number | undefined): void {
    this.#rtt = new RttEstimator(rttMs ?? this.#rtt.smoothedMs);
    this.#congestion = new NewReno(BASE_DATAGRAM_BYTES);
    this.#queue = new StandingQueue(this.#loopDelayMs);
    this.#sampleFrom = now;
    this.#ptoCount = 0;
  }

  onPto(now: number): void {
    this.#ptoCount++;
    this.#lastElicitingAt = now;
  }

  /** Queues the content of the oldest packets once more; a search for size waits for its verdict. */
  requeueOldest(packets: number): void {
    for (const { frames, isMtuProbe } of this.#sent.oldest(packets)) {
      if (!isMtuProbe) for (const frame of frames) frame.onLost();
    }
  }

  clear(): void {
    this.#sent.clear();
  }

  /** The acknowledgement of a lone packet may be held back; that of two is due at once. */
  #ptoAt(): number {
    const ackDelayMs = this.#sent.count === 1 ? this.#peerMaxAckDelayMs : 0;
    const waitMs = this.#rtt.ptoMs(ackDelayMs) * 2 ** this.#ptoCount;
    return this.#lastElicitingAt + Math.min(MAX_PTO_MS, waitMs);
  }
}
