import { createSocket, type Socket } from "node:dgram";
import { lookup } from "node:dns/promises";
import { isIP } from "node:net";

import type { DatagramDriver, DatagramReceiver, ProbeResult } from "../driver.ts";
import { TransportError } from "../errors.ts";
import { AddressCache } from "./address-cache.ts";
import { formatAddress, parseAddress } from "./addresses.ts";
import { PortProbes } from "./port-probes.ts";

/** Socket buffers asked for, in bytes (4 MiB); the system may grant less. */
export const DEFAULT_SOCKET_BUFFER_BYTES = 4_194_304;
/** The largest UDP payload over IPv4, in bytes. */
const MAX_UDP_BYTES = 65_507;
/**
 * What goes over loopback in one piece, in bytes: all of it would (its MTU is 65,536 bytes), but a
 * socket's default buffer holds few packets of that size.
 */
const LOOPBACK_MTU_BYTES = 16_384;

/** Construction options of {@link createUdpDriver}. */
export interface UdpDriverConfig {
  /** `host:port` to bind; port 0 takes a free one. Default `127.0.0.1:0`. */
  readonly listen?: string | undefined;
  /** Default {@link DEFAULT_SOCKET_BUFFER_BYTES}. */
  readonly bufferBytes?: number | undefined;
}

/**
 * Binds one UDP socket, over which everything goes: what a peer sees as our address is then always
 * the one that we listen on.
 *
 * @throws `TransportError` with kind `address` or `bind`.
 */
export async function createUdpDriver({
  listen = "127.0.0.1:0",
  bufferBytes = DEFAULT_SOCKET_BUFFER_BYTES,
}: UdpDriverConfig = {}): Promise<DatagramDriver> {
  const { host, port } = parseAddress(listen);
  const family = host.includes(":") ? 6 : 4;
  const socket = createSocket({
    type: family === 6 ? "udp6" : "udp4",
    // Addresses are numeric by the time they get here: nothing to look up, and no wait for it.
    lookup: (name, _options, callback) => callback(null, name, family),
  });
  try {
    const numeric = isIP(host) === 0 ? (await lookup(host, family)).address : host;
    await bound(socket, numeric, port);
  } catch (cause) {
    socket.close();
    const why = cause instanceof Error ? `: ${cause.message}` : "";
    throw new TransportError("bind", `cannot bind ${listen}${why}`, { cause });
  }
  return new UdpDriver(socket, family, bufferBytes);
}

class UdpDriver implements DatagramDriver {
  readonly address: string;
  readonly maxDatagramBytes = MAX_UDP_BYTES;
  readonly receiveBufferBytes: number;
  readonly #socket: Socket;
  readonly #family: 4 | 6;
  readonly #probes: PortProbes;
  readonly #addresses: AddressCache;
  /** One for all: without any, a socket keeps its errors to itself. */
  readonly #onSent = (error: Error | null): void => {
    if (error !== null) this.#receiver?.onError(error);
  };
  #receiver: DatagramReceiver | undefined;
  #closing: Promise<void> | undefined;

  constructor(socket: Socket, family: 4 | 6, bufferBytes: number) {
    this.#socket = socket;
    this.#family = family;
    this.#addresses = new AddressCache(family);
    this.#probes = new PortProbes(family);
    const { address, port } = socket.address();
    this.address = formatAddress({ host: address, port });
    this.receiveBufferBytes = growBuffers(socket, bufferBytes);
  }

  listen(receiver: DatagramReceiver): void {
    this.#receiver = receiver;
    this.#socket.on("message", (datagram, from) => {
      // A Buffer's own subarray is several times slower, and every packet needs some.
      const bytes = new Uint8Array(datagram.buffer, datagram.byteOffset, datagram.length);
      this.#receiver?.onDatagram(bytes, this.#addresses.format(from.address, from.port));
    });
    this.#socket.on("error", (error) => this.#receiver?.onError(error));
  }

  send(datagram: Uint8Array, to: string): boolean {
    if (this.#closing !== undefined || datagram.length > MAX_UDP_BYTES) return false;
    const target = this.#addresses.parse(to);
    if (target === undefined) return false;
    try {
      this.#socket.send(datagram, target.port, target.host, this.#onSent);
      return true;
    } catch (error) {
      this.#receiver?.onError(error);
      return false;
    }
  }

  async resolve(address: string): Promise<string> {
    const { host, port } = parseAddress(address);
    if (isIP(host) !== 0) return address;
    const found = await lookup(host, this.#family);
    return formatAddress({ host: found.address, port });
  }

  pathMtu(address: string): number | undefined {
    const target = this.#addresses.parse(address);
    return target !== undefined && isLoopback(target.host) ? LOOPBACK_MTU_BYTES : undefined;
  }

  probe(address: string): Promise<ProbeResult> {
    const target = this.#addresses.parse(address);
    if (this.#closing !== undefined || target === undefined) return Promise.resolve("unknown");
    return this.#probes.probe(target.host, target.port);
  }

  close(): Promise<void> {
    this.#closing ??= new Promise((resolve) => {
      this.#receiver = undefined;
      this.#probes.close();
      this.#socket.close(() => resolve());
    });
    return this.#closing;
  }
}

function bound(socket: Socket, host: string, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    socket.once("error", reject);
    socket.bind(port, host, () => {
      socket.removeListener("error", reject);
      resolve();
    });
  });
}

/** Asks for large buffers and answers what the system gave: it cuts the wish without a word. */
function growBuffers(socket: Socket, bytes: number): number {
  try {
    socket.setRecvBufferSize(bytes);
    socket.setSendBufferSize(bytes);
  } catch {
    // Some systems refuse instead of cutting; what there is will do.
  }
  return socket.getRecvBufferSize();
}

const isLoopback = (host: string): boolean => host === "::1" || host.startsWith("127.");
