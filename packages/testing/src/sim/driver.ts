import type { DatagramDriver, DatagramReceiver, ProbeResult } from "@selvage/transport";

import { DEFAULT_MAX_DATAGRAM_BYTES, DEFAULT_RECEIVE_BUFFER_BYTES } from "../defaults.ts";
import type { SimProcess } from "./process.ts";

/** Options of {@link SimNode.bind}. */
export interface SimBindOptions {
  /** 1 to 65,535. Default: the next free one from 40,000 on. */
  readonly port?: number | undefined;
  /** Default 65,507. */
  readonly maxDatagramBytes?: number | undefined;
  /** Default 212,992, Linux' default. */
  readonly receiveBufferBytes?: number | undefined;
}

/** A datagram that arrived and waits in the receive buffer. */
export interface Held {
  readonly driver: SimDriver;
  readonly bytes: Uint8Array;
  readonly from: string;
}

/** What a driver needs of the network. */
export interface DriverPorts {
  send(driver: SimDriver, datagram: Uint8Array, to: string): boolean;
  probe(process: SimProcess, address: string): Promise<ProbeResult>;
  /** Replaces a node's name by its present address. */
  resolve(address: string): string;
  unbind(driver: SimDriver): boolean;
}

/** One bound socket of a simulated process. */
export class SimDriver implements DatagramDriver {
  readonly address: string;
  readonly maxDatagramBytes: number;
  readonly receiveBufferBytes: number;
  readonly process: SimProcess;
  /** The address others see, which a rebind changes. */
  outerAddress: string;
  readonly #ports: DriverPorts;
  #receiver: DatagramReceiver | undefined;
  #heldBytes = 0;
  /** What came before anybody listened. */
  #early: Held[] = [];
  #closed = false;

  constructor(
    process: SimProcess,
    ports: DriverPorts,
    {
      address,
      outerAddress,
      maxDatagramBytes,
      receiveBufferBytes,
    }: SimBindOptions & { readonly address: string; readonly outerAddress: string },
  ) {
    this.process = process;
    this.#ports = ports;
    this.address = address;
    this.outerAddress = outerAddress;
    this.maxDatagramBytes = maxDatagramBytes ?? DEFAULT_MAX_DATAGRAM_BYTES;
    this.receiveBufferBytes = receiveBufferBytes ?? DEFAULT_RECEIVE_BUFFER_BYTES;
  }

  listen(receiver: DatagramReceiver): void {
    if (this.#receiver !== undefined) throw new TypeError("listen may be called only once");
    this.#receiver = receiver;
    for (const held of this.#early.splice(0)) this.process.enqueue(held);
  }

  send(datagram: Uint8Array, to: string): boolean {
    if (this.#closed || datagram.length > this.maxDatagramBytes) return false;
    return this.#ports.send(this, datagram, to);
  }

  resolve(address: string): Promise<string> {
    return Promise.resolve(this.#ports.resolve(address));
  }

  probe(address: string): Promise<ProbeResult> {
    return this.#ports.probe(this.process, address);
  }

  close(): Promise<void> {
    this.cut();
    return Promise.resolve();
  }

  /** Ends the socket at once, as the operating system does for a dead process. */
  cut(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#ports.unbind(this);
  }

  /** Puts an arrived datagram into the receive buffer; `false` when that is full. */
  hold(bytes: Uint8Array, from: string): boolean {
    const size = bufferedSize(bytes.length);
    if (this.#heldBytes + size > this.receiveBufferBytes) return false;
    this.#heldBytes += size;
    const held: Held = { driver: this, bytes, from };
    if (this.#receiver === undefined) this.#early.push(held);
    else this.process.enqueue(held);
    return true;
  }

  /** Hands a held datagram to the receiver; `false` when the socket was closed meanwhile. */
  deliver({ bytes, from }: Held): boolean {
    this.#heldBytes -= bufferedSize(bytes.length);
    if (this.#closed || this.#receiver === undefined) return false;
    this.#receiver.onDatagram(bytes, from);
    // Valid only during the call: whoever kept a view of it shall notice.
    bytes.fill(SCRIBBLE);
    return true;
  }
}

/** What overwrites bytes that the other side of a contract must not look at any more. */
export const SCRIBBLE = 0xdd;

/**
 * What a datagram costs of a Linux socket's receive buffer: 256 bytes for the `sk_buff` and a
 * power of two that holds the data with its headers and bookkeeping; 2,304 for 1,200 bytes.
 */
function bufferedSize(bytes: number): number {
  return 256 + 2 ** Math.ceil(Math.log2(bytes + 384));
}
