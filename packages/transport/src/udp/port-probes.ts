import { createSocket, type Socket } from "node:dgram";

import { deferred, systemClock } from "@selvage/core";

import type { ProbeResult } from "../driver.ts";

/** Probes under way at once. */
const MAX_PROBES = 16;
/** How long the system may take to say "refused", in milliseconds. */
const PROBE_MS = 200;
/** One byte that is no packet type: every receiver drops it. */
const RESERVED_BYTE: Uint8Array = new Uint8Array([0]);

/**
 * Learns of dead ports. Only a *connected* socket hears the ICMP answer of a host on which nobody
 * listens, so each probe uses a short-lived one of its own.
 */
export class PortProbes {
  readonly #family: 4 | 6;
  readonly #open: Set<Socket> = new Set();

  constructor(family: 4 | 6) {
    this.#family = family;
  }

  probe(host: string, port: number): Promise<ProbeResult> {
    if (this.#open.size >= MAX_PROBES) return Promise.resolve("unknown");
    const { promise, resolve: settle } = deferred<ProbeResult>();
    const socket = createSocket(this.#family === 6 ? "udp6" : "udp4");
    this.#open.add(socket);
    const timer = systemClock.setTimeout(() => settle("unknown"), PROBE_MS).unref();
    socket.unref();
    socket.once("error", (error) => settle(isRefusal(error) ? "refused" : "unknown"));
    // Node hands the callback an error when there is no route, though its types do not say so; the
    // socket is then not connected, and sending from it would throw.
    const onConnect = (error?: Error | null): void => {
      if (error !== undefined && error !== null) settle("unknown");
      else if (this.#open.has(socket)) {
        socket.send(RESERVED_BYTE, (cause) => {
          if (cause !== null) settle(isRefusal(cause) ? "refused" : "unknown");
        });
      }
    };
    socket.connect(port, host, onConnect);
    return promise.finally(() => {
      timer[Symbol.dispose]();
      if (this.#open.delete(socket)) socket.close();
    });
  }

  close(): void {
    for (const socket of this.#open) socket.close();
    this.#open.clear();
  }
}

const isRefusal = (error: Error): boolean => "code" in error && error.code === "ECONNREFUSED";
