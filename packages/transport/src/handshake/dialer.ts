import { deadlineSignal, linkSignals, type NodeId, raceSignal } from "@selvage/core";

import { TransportError } from "../errors.ts";
import type { Session } from "../session/session.ts";
import type { ConnectOptions } from "../transport.ts";
import { Dial } from "./dial.ts";
import type { Agreement, HandshakeHost } from "./handshake-host.ts";
import { handshakeTimeout } from "./initiation.ts";
import { readResponse } from "./packets.ts";
import { readCookieReply, readVersionList } from "./replies.ts";

/** What the dialer needs done with what it achieves. */
export interface DialerOutlet {
  /** Keys are agreed: makes the session, which counts for nothing yet. */
  create(agreement: Agreement): Session;
  /**
   * The peer has shown that it has the keys too. Resolves once the session stands, rejects if it is
   * refused for whom it is with.
   */
  confirmed(session: Session): Promise<void>;
}

/** All outgoing handshakes: one at a time per address and expected node. */
export class Dialer {
  readonly #host: HandshakeHost;
  readonly #outlet: DialerOutlet;
  readonly #byIndex: Map<number, Dial> = new Map();
  readonly #byTarget: Map<string, Dial> = new Map();

  constructor(host: HandshakeHost, outlet: DialerOutlet) {
    this.#host = host;
    this.#outlet = outlet;
  }

  /** Whether a handshake under way uses the index. */
  has(index: number): boolean {
    return this.#byIndex.has(index);
  }

  /**
   * Joins the handshake under way with the target, or starts one. It goes on for as long as the
   * most patient of those who asked for it; each waits no longer than it said itself, and nobody
   * goes on when the last has given up.
   */
  async dial(
    address: string,
    nodeId: NodeId | undefined,
    { signal, timeoutMs = this.#host.limits.handshakeTimeoutMs }: ConnectOptions,
  ): Promise<Session> {
    const target = `${address} ${nodeId ?? ""}`;
    const known = this.#byTarget.get(target);
    known?.extend(timeoutMs);
    const dial = known ?? this.#start(address, nodeId, target, timeoutMs);
    const expired = (): TransportError => handshakeTimeout(address, timeoutMs);
    const bound = deadlineSignal(this.#host.clock, timeoutMs, expired);
    const ends = linkSignals(bound.signal, signal);
    dial.waiting++;
    try {
      return await raceSignal(dial.outcome, ends.signal);
    } finally {
      dial.waiting--;
      if (dial.waiting === 0) dial.giveUp();
      bound[Symbol.dispose]();
      ends[Symbol.dispose]();
    }
  }

  /** Message 2, whose mac was right. */
  onResponse(packet: Uint8Array): void {
    const response = readResponse(packet);
    if (response === undefined) return;
    this.#byIndex.get(response.initiatorIndex)?.initiation.onResponse(packet);
  }

  /** A cookie, whose packet's mac was right; `false` if nobody waits for it. */
  onCookieReply(packet: Uint8Array): boolean {
    const reply = readCookieReply(packet);
    if (reply === undefined) return false;
    const dial = this.#byIndex.get(reply.initiatorIndex);
    dial?.initiation.onCookieReply(reply);
    return dial !== undefined;
  }

  /** A version list, whose mac was right; `false` if nobody waits for it. */
  onVersionList(packet: Uint8Array): boolean {
    const list = readVersionList(packet);
    if (list === undefined) return false;
    const dial = this.#byIndex.get(list.initiatorIndex);
    dial?.initiation.onVersionList(list.versions);
    return dial !== undefined;
  }

  /** A packet of the session authenticated: if its handshake was waiting for that, it is done. */
  confirm(session: Session): void {
    const dial = this.#byIndex.get(session.localIndex);
    if (dial?.session !== session) return;
    dial.confirm(session, () => this.#outlet.confirmed(session));
  }

  /** Fails every handshake under way. */
  close(error: TransportError): void {
    for (const { initiation } of [...this.#byIndex.values()]) initiation.fail(error);
  }

  #start(address: string, expected: NodeId | undefined, target: string, timeoutMs: number): Dial {
    const { maxOutgoingHandshakes } = this.#host.limits;
    if (this.#byIndex.size >= maxOutgoingHandshakes) {
      throw new TransportError(
        "too-many-handshakes",
        `${maxOutgoingHandshakes} outgoing handshakes are under way`,
      );
    }
    const dial = new Dial(
      this.#host,
      { address, expected, timeoutMs },
      {
        create: (agreement) => this.#outlet.create(agreement),
        onBegin: (index, begun) => this.#byIndex.set(index, begun),
        onEnd: (index) => this.#byIndex.delete(index),
        onOver: () => {
          if (this.#byTarget.get(target) === dial) this.#byTarget.delete(target);
        },
      },
    );
    this.#byTarget.set(target, dial);
    return dial;
  }
}
