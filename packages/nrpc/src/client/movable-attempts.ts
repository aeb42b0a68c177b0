import { type Clock, deliveredOf, type NodeId, onAbort } from "@selvage/core";
import type { BreakerLease } from "@selvage/resilience";
import type { Peer, Transport } from "@selvage/transport";

import { RpcError } from "../errors.ts";
import { RESET_GIVEN_UP } from "../reset-codes.ts";
import type { ProviderBreakers } from "../selection/provider-breakers.ts";
import type { ProviderHealth } from "../selection/provider-health.ts";
import type { LoadRecord, ProviderLoad } from "../selection/provider-loads.ts";
import { Attempt, AttemptAborted } from "./attempt.ts";
import type { AttemptAction } from "./call-event.ts";
import { isPenalised } from "./failure-table.ts";
import { outcomeOf, type OutgoingCall } from "./outgoing-call.ts";
import { ReplyStream } from "./reply-stream.ts";
import type { Reply } from "./reply.ts";
import { ServiceLatencies } from "./service-latencies.ts";
import { StreamQueues } from "./stream-queues.ts";
import type { WaitForChange } from "./wait-for-change.ts";

/** How one attempt is bounded. */
export interface AttemptBounds {
  readonly signal: AbortSignal | undefined;
  /** `Infinity`: as long as the call itself. */
  readonly timeoutMs: number;
  /** Why the attempt is made. */
  readonly action: AttemptAction;
  /**
   * There when the call may leave a provider that has fallen silent: answers whether it has
   * somewhere better to go.
   */
  readonly alternatives: (() => boolean) | undefined;
  /** The leave to call an ailing provider; it hears how the attempt ended. */
  readonly lease?: BreakerLease | undefined;
}

/** What attempts work with, and who hears of them. */
export interface MovableAttemptsParts {
  readonly clock: Clock;
  readonly transport: Transport;
  readonly changes: WaitForChange;
  readonly health: ProviderHealth;
  readonly loads: ProviderLoad;
  readonly breakers: ProviderBreakers;
}

interface Movable {
  readonly nodeId: NodeId;
  readonly attempt: Attempt;
  readonly alternatives: () => boolean;
  /** Its place in the list. */
  at: number;
}

/**
 * Attempts under way. One that may move leaves its provider as soon as that has fallen silent and
 * another one is there; the others wait for the answer, the deadline or the end of the session.
 */
export class MovableAttempts implements Disposable {
  readonly latencies: ServiceLatencies = new ServiceLatencies();
  readonly #parts: MovableAttemptsParts;
  readonly #queues: StreamQueues;
  /** A list with swap-removal: a `Set` with steady coming and going burdens the collector. */
  readonly #movable: Movable[] = [];
  readonly #subscriptions: readonly Disposable[];

  constructor(parts: MovableAttemptsParts) {
    const { transport, changes, health } = parts;
    this.#parts = parts;
    this.#queues = new StreamQueues(parts.clock);
    this.#subscriptions = [
      transport.onPeer(({ type, peer }) => {
        if (type === "unresponsive") health.verdict(peer.nodeId);
      }),
      changes.on(() => this.#review()),
    ];
  }

  /**
   * Makes one attempt on a peer.
   *
   * @throws {@link RpcError}; the signal's reason when it aborted.
   */
  async run(peer: Peer, call: OutgoingCall, bounds: AttemptBounds): Promise<Reply> {
    const { nodeId } = peer;
    const { signal, alternatives, lease } = bounds;
    const { breakers, clock, health, loads } = this.#parts;
    const record = call.beginAttempt(nodeId, bounds.action);
    const attempt = new Attempt(peer, call, record);
    const watch = signal && onAbort(signal, (reason) => attempt.abort(reason));
    const timeoutMs = Math.max(0, Math.min(bounds.timeoutMs, call.remainingMs(record.startedAt)));
    const timer = Number.isFinite(timeoutMs)
      ? clock.setTimeout(() => attempt.abort(new GivenUp("timeout"), RESET_GIVEN_UP), timeoutMs)
      : undefined;
    const movable = alternatives && this.#watch({ nodeId, attempt, alternatives, at: 0 });
    const load = loads.started(call.service, nodeId);
    let outcome = "ok";
    /** What the outcome says about the provider. */
    let told = "ok";
    let stream: ReplyStream | undefined;
    try {
      if (call.moves > 0) await this.#queues.open(nodeId, attempt);
      else if (this.#queues.isBusy(nodeId)) throw isFull(call, nodeId);
      const reply = await attempt.run();
      call.provider ??= nodeId;
      // The attempt of a stream ends with that.
      if (reply instanceof ReplyStream) stream = reply;
      else call.endAttempt(record, outcome);
      return reply;
    } catch (error) {
      const own = translate(error, call, nodeId, timeoutMs);
      outcome = outcomeOf(own);
      told = isTakenBack(error) ? "cancelled" : outcome;
      call.endAttempt(record, outcome);
      if (deliveredOf(own) === "maybe") call.delivered = "maybe";
      if (told !== "cancelled" && isPenalised(own)) health.verdict(nodeId, peer.bootId);
      throw own;
    } finally {
      const endedAt = record.isOver ? record.startedAt + record.durationMs : clock.now();
      const durationMs = endedAt - record.startedAt;
      // Who had less time than an answer usually takes learnt nothing about the provider.
      const isHasty = told === "timeout" && durationMs < (load.latencyMs ?? 0);
      loads.measured(load, endedAt, durationMs, told);
      if (stream === undefined) {
        loads.ended(load);
        breakers.ended(call.service, nodeId, isHasty ? "cancelled" : told, lease);
      } else this.#watchStream(stream, peer, call.service, load, breakers.answered(lease));
      this.#queues.ended(nodeId);
      if (outcome === "ok") this.latencies.of(call.service).record(durationMs);
      timer?.[Symbol.dispose]();
      watch?.[Symbol.dispose]();
      if (movable !== undefined) this.#unwatch(movable);
    }
  }

  [Symbol.dispose](): void {
    this.#queues[Symbol.dispose]();
    for (const subscription of this.#subscriptions) subscription[Symbol.dispose]();
  }

  /** What becomes of an answer after its first message still says something about its provider. */
  #watchStream(
    stream: ReplyStream,
    { nodeId, bootId }: Peer,
    service: string,
    load: LoadRecord,
    lease: BreakerLease | undefined,
  ): void {
    const { breakers, health, loads } = this.#parts;
    stream.onEnd((outcome) => {
      loads.ended(load);
      // Nobody can say how long the rest of an answer may take.
      breakers.ended(service, nodeId, outcome === "timeout" ? "cancelled" : outcome, lease);
      if (outcome === "unavailable") health.verdict(nodeId, bootId);
    });
  }

  #watch(movable: Movable): Movable {
    movable.at = this.#movable.length;
    this.#movable.push(movable);
    this.#leaveIfSilent(movable);
    return movable;
  }

  #unwatch({ at }: Movable): void {
    const last = this.#movable.pop();
    if (last === undefined || last.at === at) return;
    last.at = at;
    this.#movable[at] = last;
  }

  #review(): void {
    for (const movable of [...this.#movable]) this.#leaveIfSilent(movable);
  }

  #leaveIfSilent({ nodeId, attempt, alternatives }: Movable): void {
    if (this.#parts.transport.peer(nodeId)?.state === "responsive" || !alternatives()) return;
    attempt.abort(new GivenUp("unavailable"), RESET_GIVEN_UP);
  }
}

function translate(
  error: unknown,
  call: OutgoingCall,
  provider: NodeId,
  timeoutMs: number,
): unknown {
  if (!(error instanceof AttemptAborted)) return error;
  const { reason, delivered } = error;
  if (delivered === "maybe") call.delivered = "maybe";
  if (!(reason instanceof GivenUp)) return reason;
  const text =
    reason.kind === "timeout"
      ? `"${call.service}" took over ${Math.round(timeoutMs)} ms on node ${provider}`
      : `node ${provider} fell silent during "${call.service}"`;
  return new RpcError(reason.kind, text, { delivered, provider });
}

/** The caller did not want it any more, by a signal whose reason may be any error. */
const isTakenBack = (error: unknown): boolean =>
  error instanceof AttemptAborted && !(error.reason instanceof GivenUp);

const isFull = ({ service }: OutgoingCall, provider: NodeId): RpcError =>
  new RpcError("backpressure", `calls wait for room on node ${provider}, "${service}" with them`, {
    provider,
  });

/** Why we gave an attempt up ourselves. */
class GivenUp extends Error {
  readonly kind: "timeout" | "unavailable";

  constructor(kind: "timeout" | "unavailable") {
    super(kind);
    this.name = "GivenUp";
    this.kind = kind;
  }
}
