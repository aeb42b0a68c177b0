import { type Clock, type Logger, type NodeId, type Random, randomBetween } from "@selvage/core";
import type { Transport } from "@selvage/transport";

import { DEFAULT_MAX_REDIAL_MS, DEFAULT_REDIAL_MS } from "./defaults.ts";

/** What {@link ConfiguredPeers} works with. */
export interface ConfiguredPeersParts {
  readonly transport: Transport;
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
  /** Which node answers at a configured address. */
  onFound(address: string, nodeId: NodeId): void;
}

/**
 * Dials the peers that a node was configured with, for ever: a node that lost everybody finds back
 * as soon as one of them is there. Host names are looked up at each attempt.
 */
export class ConfiguredPeers implements Disposable {
  readonly #parts: ConfiguredPeersParts;
  /** One per peer: Node takes many listeners of one signal for a leak. */
  readonly #stops: AbortController[] = [];

  constructor(parts: ConfiguredPeersParts, addresses: readonly string[]) {
    this.#parts = parts;
    for (const address of new Set(addresses)) {
      const stop = new AbortController();
      this.#stops.push(stop);
      void this.#keep(address, stop.signal);
    }
  }

  [Symbol.dispose](): void {
    for (const stop of this.#stops) stop.abort();
  }

  async #keep(address: string, signal: AbortSignal): Promise<void> {
    const { transport, clock, random, logger, onFound } = this.#parts;
    let waitMs = DEFAULT_REDIAL_MS;
    while (!signal.aborted) {
      try {
        const { nodeId } = await transport.connect({ address }, { signal });
        waitMs = DEFAULT_REDIAL_MS;
        onFound(address, nodeId);
        await this.#untilLost(nodeId, signal);
      } catch (error) {
        if (signal.aborted) return;
        logger.debug("a configured peer cannot be dialled", { address, error });
      }
      const jittered = waitMs * randomBetween(random, 0.5, 1);
      await clock.sleep(jittered, { signal }).catch(() => {});
      waitMs = Math.min(DEFAULT_MAX_REDIAL_MS, waitMs * 2);
    }
  }

  /** Resolves when no working session with the node is left. */
  #untilLost(nodeId: NodeId, signal: AbortSignal): Promise<void> {
    const { transport } = this.#parts;
    return new Promise((resolve) => {
      const end = (): void => {
        subscription[Symbol.dispose]();
        signal.removeEventListener("abort", end);
        resolve();
      };
      const subscription = transport.onPeer((event) => {
        const lost = event.type === "disconnected" || event.type === "failed";
        if (lost && event.peer.nodeId === nodeId) end();
      });
      signal.addEventListener("abort", end);
      if (transport.peer(nodeId) === undefined) end();
    });
  }
}
