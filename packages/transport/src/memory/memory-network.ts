import { type Clock, systemClock } from "@selvage/core";

import type { DatagramDriver, DatagramReceiver } from "../driver.ts";
import { TransportError } from "../errors.ts";

/** What a memory driver says it buffers; nothing is ever lost for lack of room. */
const NOMINAL_BUFFER_BYTES = 4_194_304;
const MAX_DATAGRAM_BYTES = 65_507;

/** A network within one process: perfect, and as fast as the event loop turns. */
export interface MemoryNetwork {
  /**
   * Binds an address.
   *
   * @throws `TransportError` with kind `bind` when it is taken.
   */
  bind(address: string): DatagramDriver;
}

/** Makes an empty memory network; nodes on the same one reach each other. */
export function createMemoryNetwork({
  clock = systemClock,
}: { clock?: Clock } = {}): MemoryNetwork {
  const drivers = new Map<string, MemoryDriver>();
  return {
    bind(address) {
      if (drivers.has(address)) {
        throw new TransportError("bind", `the address "${address}" is taken`);
      }
      const driver = new MemoryDriver(address, clock, drivers);
      drivers.set(address, driver);
      return driver;
    },
  };
}

class MemoryDriver implements DatagramDriver {
  readonly address: string;
  readonly maxDatagramBytes: number = MAX_DATAGRAM_BYTES;
  readonly receiveBufferBytes: number = NOMINAL_BUFFER_BYTES;
  readonly #clock: Clock;
  readonly #drivers: Map<string, MemoryDriver>;
  #inbox: { readonly datagram: Uint8Array; readonly from: string }[] = [];
  #receiver: DatagramReceiver | undefined;
  #closed = false;

  constructor(address: string, clock: Clock, drivers: Map<string, MemoryDriver>) {
    this.address = address;
    this.#clock = clock;
    this.#drivers = drivers;
  }

  listen(receiver: DatagramReceiver): void {
    this.#receiver = receiver;
  }

  send(datagram: Uint8Array, to: string): boolean {
    const target = this.#drivers.get(to);
    if (this.#closed || target === undefined || datagram.length > MAX_DATAGRAM_BYTES) return false;
    target.deliver(datagram.slice(), this.address);
    return true;
  }

  close(): Promise<void> {
    this.#closed = true;
    this.#receiver = undefined;
    if (this.#drivers.get(this.address) === this) this.#drivers.delete(this.address);
    return Promise.resolve();
  }

  deliver(datagram: Uint8Array, from: string): void {
    this.#inbox.push({ datagram, from });
    if (this.#inbox.length > 1) return;
    this.#clock.endOfTurn(() => {
      for (const arrived of this.#inbox.splice(0)) {
        this.#receiver?.onDatagram(arrived.datagram, arrived.from);
      }
    });
  }
}
