import { linkSignals, type NodeId } from "@selvage/core";

import { RELAYED_DIAL_AFTER_MS } from "../defaults.ts";
import { TransportError } from "../errors.ts";
import type { Dialer } from "../handshake/dialer.ts";
import type { HandshakeHost } from "../handshake/handshake-host.ts";
import type { Session } from "../session/session.ts";
import type { ConnectOptions, DialTarget } from "../transport.ts";
import { relayAddress, relayedNode } from "./relay-address.ts";
import type { Relays } from "./relays.ts";

/** What finding a way to a node needs. */
export interface ReachParts {
  readonly host: Pick<HandshakeHost, "clock" | "limits">;
  readonly dialer: Pick<Dialer, "dial">;
  readonly relays: Pick<Relays, "hasRoute">;
  /** Turns a dialable address into one for the driver. */
  readonly resolve: (address: string) => Promise<string>;
  /** Throws once nothing more is to be dialled. */
  readonly assertOpen: () => void;
}

/** Dials nodes: directly where that works, else through relays. */
export class Reach {
  readonly #parts: ReachParts;

  constructor(parts: ReachParts) {
    this.#parts = parts;
  }

  /** The session with the target, once it stands. */
  async dial(target: DialTarget, options: ConnectOptions): Promise<Session> {
    const { address, nodeId } = normal(target);
    if (address === undefined) return await this.#relayed(nodeId, options);
    if (nodeId === undefined) return await this.#direct(address, undefined, options);
    return await this.#race(address, nodeId, options);
  }

  async #direct(
    address: string,
    nodeId: NodeId | undefined,
    options: ConnectOptions,
  ): Promise<Session> {
    return await this.#parts.dialer.dial(await this.#parts.resolve(address), nodeId, options);
  }

  async #relayed(nodeId: NodeId, options: ConnectOptions): Promise<Session> {
    if (!this.#parts.relays.hasRoute(nodeId)) {
      throw new TransportError("no-route", `no relay knows a way to node ${nodeId}`);
    }
    return await this.#parts.dialer.dial(relayAddress(nodeId), nodeId, options);
  }

  /** The direct handshake has a head start; who comes second is given up. */
  async #race(address: string, nodeId: NodeId, options: ConnectOptions): Promise<Session> {
    const { clock, limits } = this.#parts.host;
    const { timeoutMs = limits.handshakeTimeoutMs } = options;
    const ends = linkSignals(options.signal);
    const { signal } = ends;
    try {
      const direct = this.#direct(address, nodeId, { signal, timeoutMs });
      const headStart = clock.sleep(RELAYED_DIAL_AFTER_MS, { signal });
      const first = await Promise.race([
        direct.catch(() => undefined),
        headStart.catch(() => undefined),
      ]);
      const leftMs = timeoutMs - RELAYED_DIAL_AFTER_MS;
      if (first !== undefined || leftMs <= 0 || !this.#parts.relays.hasRoute(nodeId)) {
        return await direct;
      }
      this.#parts.assertOpen();
      const relayed = this.#relayed(nodeId, { signal, timeoutMs: leftMs });
      // If neither gets through, what happened at the address says more.
      return await Promise.any([direct, relayed]).catch(() => direct);
    } finally {
      ends.abort(new TransportError("session-lost", `the race for node ${nodeId} is over`));
    }
  }
}

/** What is asked for: the address of a relayed peer only says who it is. */
function normal(
  target: DialTarget,
): { address: string; nodeId: NodeId | undefined } | { address: undefined; nodeId: NodeId } {
  const { address, nodeId } = target;
  const behind = address === undefined ? undefined : relayedNode(address);
  if (address !== undefined && behind === undefined) return { address, nodeId };
  const whom = nodeId ?? behind;
  if (whom !== undefined) return { address: undefined, nodeId: whom };
  throw new TypeError("a dial target needs an address or a nodeId, got neither");
}
