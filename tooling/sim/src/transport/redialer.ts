import { type Clock, deferred, type NodeId, raceSignal } from "@selvage/core";
import type { Transport } from "@selvage/transport";

/** First wait after a dial that failed, in milliseconds; doubles … */
const MIN_WAIT_MS = 100;
/** … up to this. */
const MAX_WAIT_MS = 2_000;

/** Whom to dial, and where. */
export interface Contact {
  /** Without one, others must relay. */
  readonly address?: string | undefined;
  readonly nodeId: NodeId;
}

/** Keeps a node in touch with others: dials them, and again whenever they are lost. */
export class Redialer {
  readonly #transport: Transport;
  readonly #clock: Clock;
  readonly #stop = new AbortController();

  constructor(transport: Transport, clock: Clock) {
    this.#transport = transport;
    this.#clock = clock;
  }

  keep(contact: Contact): void {
    void this.#keep(contact);
  }

  /** Dials nobody any more. */
  stop(): void {
    this.#stop.abort();
  }

  async #keep(contact: Contact): Promise<void> {
    const { signal } = this.#stop;
    let waitMs = MIN_WAIT_MS;
    while (!signal.aborted) {
      try {
        await this.#transport.connect(contact, { signal });
        waitMs = MIN_WAIT_MS;
        await this.#untilLost(contact, signal);
      } catch {
        // Nobody is there yet, or not any more.
      }
      await this.#clock.sleep(waitMs, { signal }).catch(() => {});
      waitMs = Math.min(2 * waitMs, MAX_WAIT_MS);
    }
  }

  /** Resolves when the peer counts as failed or is gone. */
  async #untilLost({ nodeId }: Contact, signal: AbortSignal): Promise<void> {
    const lost = deferred<void>();
    const look = (): void => {
      const peer = this.#transport.peer(nodeId);
      if (peer === undefined || peer.state === "failed") lost.resolve();
    };
    using _listening = this.#transport.onPeer(look);
    look();
    await raceSignal(lost.promise, signal);
  }
}
