/**
 * What the transport needs of a network: unreliable datagrams between addresses.
 *
 * Addresses are text, `host:port` with a numeric host (IPv6 in brackets), compared as text; a
 * driver for another kind of network may use another form of its own.
 */
export interface DatagramDriver {
  /** The bound address, with the real port. */
  readonly address: string;
  /** The largest datagram it takes, in bytes. */
  readonly maxDatagramBytes: number;
  /** Bytes of arrived datagrams that are held while nobody reads (as read back, not as asked). */
  readonly receiveBufferBytes: number;
  /**
   * Starts delivery; called once. Datagrams arrive through `receiver` from then on, never inside
   * a call of {@link send}.
   */
  listen(receiver: DatagramReceiver): void;
  /**
   * Hands a datagram to the network, without waiting. `false` only if it certainly was not handed
   * over (closed, too large, no route); `true` promises nothing about arrival. The bytes belong to
   * the driver from then on.
   */
  send(datagram: Uint8Array, to: string): boolean;
  /** Turns a dialable address (which may hold a host name) into one for {@link send}. */
  resolve?(address: string): Promise<string>;
  /**
   * The largest datagram that goes to an address in one piece, in bytes, where the driver knows
   * it. Sizes up to it are tried, and used once they have arrived.
   */
  pathMtu?(address: string): number | undefined;
  /**
   * Asks the operating system whether anybody listens there, by one byte that receivers ignore.
   * `refused` is a hint, never proof. It never fails.
   */
  probe?(address: string): Promise<ProbeResult>;
  /** Stops delivery and lets the address go. Idempotent. */
  close(): Promise<void>;
}

/** The answer of {@link DatagramDriver.probe}. */
export type ProbeResult = "refused" | "unknown";

/** Where a driver delivers. */
export interface DatagramReceiver {
  /** One datagram. The bytes are valid only during the call, and may be written to. */
  onDatagram(datagram: Uint8Array, from: string): void;
  /** The driver failed on its own (a socket error); it may go on working. */
  onError(error: unknown): void;
}
