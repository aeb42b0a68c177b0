import { ReceivedPackets } from "../recovery/received-packets.ts";
import type { AckDelays } from "./egress.ts";

/** Unacknowledged ack-eliciting packets after which an ACK no longer waits for company. */
const ACK_EVERY_PACKETS = 2;

/** Decides when what was received is acknowledged: in company if possible, late never. */
export class Acknowledgements {
  readonly received: ReceivedPackets = new ReceivedPackets();
  readonly #maxDelayMs: number;
  #waiting = 0;
  #oldestAt = 0;
  #urgent = false;

  constructor(maxDelayMs: number) {
    this.#maxDelayMs = maxDelayMs;
  }

  /** When the ACK must leave at the latest; `Infinity` if nothing waits for one. */
  get dueAt(): number {
    return this.#waiting > 0 ? this.#oldestAt + this.#maxDelayMs : Number.POSITIVE_INFINITY;
  }

  /** A packet arrived that wants an acknowledgement. `gap`: it left or closed a hole. */
  onEliciting(now: number, gap: boolean): void {
    if (this.#waiting === 0) this.#oldestAt = now;
    this.#waiting++;
    if (gap || this.#waiting >= ACK_EVERY_PACKETS) this.#urgent = true;
  }

  /** Whether an ACK is to leave now, even alone; `force`: one that could still wait, too. */
  isDue(now: number, force: boolean): boolean {
    if (this.#waiting > 0 && (force || now >= this.dueAt)) this.#urgent = true;
    return this.#urgent;
  }

  /** What the ACK in the next packet reports; `undefined` if nothing is to be acknowledged. */
  delays(now: number, loopDelayMs: number): AckDelays | undefined {
    return this.#waiting > 0 ? { ackDelayMs: now - this.#oldestAt, loopDelayMs } : undefined;
  }

  /** The ACK has left. */
  onSent(): void {
    this.#waiting = 0;
    this.#urgent = false;
  }
}
