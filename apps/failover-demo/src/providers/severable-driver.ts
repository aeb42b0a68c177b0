import type { DatagramDriver, DatagramReceiver, ProbeResult } from "@selvage/transport";

/** A driver that can lose its network, for providers that share a process with their caller. */
export class SeverableDriver implements DatagramDriver {
  readonly #driver: DatagramDriver;
  #isSevered = false;

  constructor(driver: DatagramDriver) {
    this.#driver = driver;
  }

  get address(): string {
    return this.#driver.address;
  }

  get maxDatagramBytes(): number {
    return this.#driver.maxDatagramBytes;
  }

  get receiveBufferBytes(): number {
    return this.#driver.receiveBufferBytes;
  }

  /** While severed, datagrams vanish both ways; the port stays open. */
  set isSevered(severed: boolean) {
    this.#isSevered = severed;
  }

  listen(receiver: DatagramReceiver): void {
    this.#driver.listen({
      onDatagram: (datagram, from) => {
        if (!this.#isSevered) receiver.onDatagram(datagram, from);
      },
      onError: (error) => receiver.onError(error),
    });
  }

  send(datagram: Uint8Array, to: string): boolean {
    return this.#isSevered || this.#driver.send(datagram, to);
  }

  async resolve(address: string): Promise<string> {
    return (await this.#driver.resolve?.(address)) ?? address;
  }

  async probe(address: string): Promise<ProbeResult> {
    return (await this.#driver.probe?.(address)) ?? "unknown";
  }

  close(): Promise<void> {
    return this.#driver.close();
  }
}
