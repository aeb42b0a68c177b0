import { STALL_MS } from "../defaults.ts";

/** What {@link Liveness} needs to know. */
export interface LivenessConfig {
  readonly floorMs: number;
  readonly capMs: number;
  readonly probeIntervalMs: number;
}

/** What is due when the liveness timer runs. */
export type LivenessStep = "probe" | "verdict" | undefined;

/** Probes that must have gone unanswered before a verdict. */
const MIN_PROBES = 2;

/**
 * Judges one session by acknowledgement progress alone: while something waits for an
 * acknowledgement and nothing is newly acknowledged, the peer (or a direction of the path) is
 * silent. Only progress clears it; other packets do not, or a one-way black hole would hide behind
 * keep-alives.
 */
export class Liveness {
  readonly #config: LivenessConfig;
  #silentSince: number | undefined;
  #probes = 0;
  #nextProbeAt = 0;
  #responsive = true;
  #peerLoopDelayMs = 0;
  #progressAt = Number.NEGATIVE_INFINITY;

  constructor(config: LivenessConfig) {
    this.#config = config;
  }

  get responsive(): boolean {
    return this.#responsive;
  }

  /** Probes went unanswered: another way to the peer is worth a look. */
  get isDoubtful(): boolean {
    return this.#silentSince !== undefined && this.#probes >= MIN_PROBES;
  }

  /** By how much the peer's event loop was late recently, as it says. */
  get peerLoopDelayMs(): number {
    return this.#peerLoopDelayMs;
  }

  /** When something was newly acknowledged last. */
  get progressAt(): number {
    return this.#progressAt;
  }

  /** Since when something has been waiting without progress. */
  get silentSince(): number | undefined {
    return this.#silentSince;
  }

  /** For how long something has been waiting without progress. */
  silenceMs(now: number): number {
    return this.#silentSince === undefined ? 0 : now - this.#silentSince;
  }

  /** An ack-eliciting packet left. */
  onSent(now: number): void {
    if (this.#silentSince !== undefined) return;
    this.#silentSince = now;
    this.#probes = 0;
    this.#nextProbeAt = now + this.#config.probeIntervalMs;
  }

  /** Something was newly acknowledged. Answers whether that ended an unresponsive time. */
  onProgress(now: number, stillOutstanding: boolean, peerLoopDelayMs: number): boolean {
    this.#peerLoopDelayMs = peerLoopDelayMs;
    this.#progressAt = now;
    this.#silentSince = undefined;
    if (stillOutstanding) this.onSent(now);
    const recovered = !this.#responsive;
    this.#responsive = true;
    return recovered;
  }

  /**
   * Our own loop stood still for `lagMs`: nobody else is to blame for that time. What began since
   * is not put off.
   */
  onOwnStall(now: number, lagMs: number): void {
    if (lagMs <= STALL_MS || this.#silentSince === undefined) return;
    this.#silentSince = Math.min(now, this.#silentSince + lagMs);
    this.#nextProbeAt = Math.min(now + this.#config.probeIntervalMs, this.#nextProbeAt + lagMs);
  }

  /** The operating system says that nobody listens there: ask at once. */
  onRefused(now: number): void {
    if (this.#silentSince !== undefined) this.#nextProbeAt = now;
  }

  /** How long the silence may last, given the current probe timeout. */
  thresholdMs(ptoMs: number): number {
    const { floorMs, capMs } = this.#config;
    return Math.min(capMs, Math.max(floorMs, 3 * ptoMs, 2 * this.#peerLoopDelayMs));
  }

  /** When {@link step} has something to do next. */
  nextAt(ptoMs: number): number | undefined {
    if (this.#silentSince === undefined) return undefined;
    if (!this.#responsive || this.#probes < MIN_PROBES) return this.#nextProbeAt;
    return Math.min(this.#nextProbeAt, this.#silentSince + this.thresholdMs(ptoMs));
  }

  /** What is due now. A `probe` counts as sent. */
  step(now: number, ptoMs: number): LivenessStep {
    if (this.#silentSince === undefined) return undefined;
    if (
      this.#responsive &&
      this.#probes >= MIN_PROBES &&
      now >= this.#silentSince + this.thresholdMs(ptoMs)
    ) {
      return "verdict";
    }
    if (now < this.#nextProbeAt) return undefined;
    this.#probes++;
    // A long silence is probed ever more slowly: the peer may be gone for hours.
    const slowdown = Math.min(10, Math.max(1, Math.floor(this.#probes / 8)));
    this.#nextProbeAt = now + this.#config.probeIntervalMs * slowdown;
    return "probe";
  }

  /** Declares the peer unresponsive; the caller has looked twice. */
  declareUnresponsive(): void {
    this.#responsive = false;
  }
}
