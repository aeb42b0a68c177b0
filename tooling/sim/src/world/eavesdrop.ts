import type { DatagramDriver } from "@selvage/transport";

/** Tells of every datagram that arrives at a driver, before it is delivered. */
export function eavesdrop(
  driver: DatagramDriver,
  heard: (datagram: Uint8Array, from: string) => void,
): DatagramDriver {
  return {
    address: driver.address,
    maxDatagramBytes: driver.maxDatagramBytes,
    receiveBufferBytes: driver.receiveBufferBytes,
    listen: (receiver) =>
      driver.listen({
        onDatagram: (datagram, from) => {
          heard(datagram, from);
          receiver.onDatagram(datagram, from);
        },
        onError: (error) => receiver.onError(error),
      }),
    send: (datagram, to) => driver.send(datagram, to),
    resolve: async (address) => (await driver.resolve?.(address)) ?? address,
    probe: async (address) => (await driver.probe?.(address)) ?? "unknown",
    close: () => driver.close(),
  };
}
