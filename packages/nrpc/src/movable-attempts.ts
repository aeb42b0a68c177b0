import { type Clock, linkSignals, type LinkedSignal, type NodeId } from "@selvage/core";
import type { Peer, Transport } from "@selvage/transport";
import { attempt, AttemptAborted } from "./attempt.ts";
import { RpcError } from "./errors.ts";
import { outcomeOf, type OutgoingCall } from "./outgoing-call.ts";
import type { ProviderHealth } from "./provider-health.ts";
import type { WaitForChange } from "./wait-for-change.ts";

/** How one attempt is bounded. */
export interface AttemptBounds {
  /** `Infinity`: only the call's deadline. */
  readonly timeoutMs: number;
  /**
   * There when the call may leave a provider that has fallen silent: answers whether it has
   * somewhere better to go.
   */
  readonly alternatives: (() => boolean) | undefined;
}

interface Running {
  readonly nodeId: NodeId;
  readonly abort: LinkedSignal;
  readonly alternatives: () => boolean;
}

/**
 * Attempts under way. One that may move leaves its provider as soon as that has fallen silent and
 * another one is there; the others wait for the answer, the deadline or the end of the session.
 */
export class MovableAttempts implements Disposable {
  readonly #clock: Clock;
  readonly #transport: Transport;
  readonly #health: ProviderHealth;
  readonly #running: Set<Running> = new Set();
  readonly #subscriptions: readonly Disposable[];

  constructor(clock: Clock, transport: Transport, changes: WaitForChange, health: ProviderHealth) {
    this.#clock = clock;
    this.#transport = transport;
    this.#health = health;
    this.#subscriptions = [
      transport.onPeer((event) => {
        if (event.type === "unresponsive") health.verdict(event.peer.nodeId);
        if (event.type === "connected") health.reset(event.peer.nodeId);
      }),
      changes.on(() => this.#review()),
    ];
  }

  /**
   * Makes one attempt on a peer.
   *
   * @throws {@link RpcError}; what the signal aborted with.
   */
  async run(
    peer: Peer,
    call: OutgoingCall,
    signal: AbortSignal,
    { timeoutMs, alternatives }: AttemptBounds,
  ): Promise<Uint8Array> {
    const { nodeId } = peer;
    const abort = linkSignals(signal);
    const running = alternatives && { nodeId, abort, alternatives };
    if (running !== undefined) this.#running.add(running);
    const timer = Number.isFinite(timeoutMs)
      ? this.#clock.setTimeout(() => abort.abort(new GivenUp("timeout")), timeoutMs)
      : undefined;
    const startedAt = this.#clock.now();
    if (running !== undefined && this.#shouldLeave(running)) abort.abort(new GivenUp("unavailable"));
    try {
      const body = await attempt(peer, call.service, call.message(), abort.signal);
      call.record(nodeId, startedAt, "ok");
      return body;
    } catch (error) {
      const own = this.#translate(error, call, nodeId, timeoutMs);
      call.record(nodeId, startedAt, outcomeOf(own));
      throw own;
    } finally {
      timer?.[Symbol.dispose]();
      abort[Symbol.dispose]();
      if (running !== undefined) this.#running.delete(running);
    }
  }

  [Symbol.dispose](): void {
    for (const subscription of this.#subscriptions) subscription[Symbol.dispose]();
  }

  #review(): void {
    for (const running of this.#running) {
      if (this.#shouldLeave(running)) running.abort.abort(new GivenUp("unavailable"));
    }
  }

  #shouldLeave({ nodeId, alternatives }: Running): boolean {
    return this.#transport.peer(nodeId)?.state !== "responsive" && alternatives();
  }

  #translate(error: unknown, call: OutgoingCall, provider: NodeId, timeoutMs: number): unknown {
    if (!(error instanceof AttemptAborted)) return error;
    const { reason, delivered } = error;
    if (!(reason instanceof GivenUp)) {
      if (delivered === "maybe") call.delivered = "maybe";
      return reason;
    }
    const text =
      reason.kind === "timeout"
        ? `"${call.service}" took over ${timeoutMs} ms on node ${provider}`
        : `node ${provider} fell silent during "${call.service}"`;
    return new RpcError(reason.kind, text, { delivered, provider });
  }
}

/** Why we gave an attempt up ourselves. */
class GivenUp extends Error {
  readonly kind: "timeout" | "unavailable";

  constructor(kind: "timeout" | "unavailable") {
    super(kind);
    this.name = "GivenUp";
    this.kind = kind;
  }
}
