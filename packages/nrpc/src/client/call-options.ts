import type { Predicate, ScopeFilter } from "@selvage/capability-index";
import type { EntityId } from "@selvage/identity";

import type { SelectionPolicy } from "../selection/selector.ts";
import type { CallContext } from "../server/handler.ts";

/** When a failed call is tried again. */
export interface CallRetryOptions {
  /** Attempts that count, the first included; moves off lost providers do not. Default 3. */
  readonly maxAttempts?: number | undefined;
  /** First wait, in milliseconds. Default 50. */
  readonly initialBackoffMs?: number | undefined;
  /** Longest wait, in milliseconds. Default 1,000. */
  readonly maxBackoffMs?: number | undefined;
  /** Growth of the wait per attempt. Default 2. */
  readonly backoffMultiplier?: number | undefined;
  /**
   * Repeat and move the call even if its handler may have started. Default: what the contract
   * declares as `idempotent`.
   */
  readonly maybeDelivered?: boolean | undefined;
}

/** How another provider is raced. */
export interface CallHedgeOptions {
  /** Wait before each further provider, in milliseconds. Default: max(50, 95th percentile). */
  readonly delayMs?: number | undefined;
  /** Further providers at most. Default 1. */
  readonly hedges?: number | undefined;
}

/** Options of every call. */
export interface CallOptions {
  /** Cancels the call, at the provider too; it rejects with the signal's reason. */
  readonly signal?: AbortSignal | undefined;
  /** Bounds the whole operation, in milliseconds. Default 30,000. */
  readonly deadlineMs?: number | undefined;
  /** Texts for the handler, by name. Half a surrogate pair in them arrives as U+FFFD. */
  readonly metadata?: Readonly<Record<string, string>> | undefined;
  /**
   * Names a unary call, so that one provider process runs it once however often it is asked: at most
   * 255 characters, kept for ten minutes. Under `retry`, what may have started is asked for again
   * there. In other shapes it is only handed to the handler. One with half a surrogate pair is
   * refused as `bad-request`: replaced, it might be another call's.
   */
  readonly idempotencyKey?: string | undefined;
  /** W3C trace context. */
  readonly traceparent?: string | undefined;
  readonly tracestate?: string | undefined;
  /**
   * The call being served that this one is made for: it inherits what time is left, cancellation
   * and trace. Default: none, or the ambient one if the node keeps track of that; `null`: none.
   */
  readonly parent?: CallContext | null | undefined;
  /** Hears what the handler sent behind its answer, before that is handed over; not on failure. */
  readonly onTrailers?: ((trailers: ReadonlyMap<string, string>) => void) | undefined;
}

/** Options of a call by service name. */
export interface ServiceCallOptions extends CallOptions {
  /**
   * `true`: the defaults of {@link CallRetryOptions}. Such a call also waits for a provider to
   * appear, as long as its deadline allows. Default `false`: one attempt, which moves on only if
   * a provider certainly did not start it.
   */
  readonly retry?: boolean | CallRetryOptions | undefined;
  /**
   * Race another provider; only for what may safely run twice, and as far as the service's budget
   * for retries allows: five in a row, then one per ten answers. Default `false`.
   */
  readonly hedge?: boolean | CallHedgeOptions | undefined;
  /** Bounds each attempt, in milliseconds. Default none. */
  readonly attemptTimeoutMs?: number | undefined;
  /** How a provider is chosen among equals. Default `round-robin`. */
  readonly policy?: SelectionPolicy | undefined;
  /**
   * What calls have in common that should go to the same provider, such as the id of a customer.
   * Needed by the policy `sticky`, and of no meaning to others.
   */
  readonly stickyKey?: string | undefined;
  /**
   * Whether providers that show no sign of life, or failed us lately, are used only if there is
   * nobody else, and left when they fall silent. Default `true`. With `false` they are picked like
   * others and waited for: that suits those who ask how a provider does.
   */
  readonly filterUnhealthy?: boolean | undefined;
  /** What a provider must have announced; default nothing besides the service. */
  readonly where?: Predicate | undefined;
  /** For whom a provider must want to be found; default it does not matter. */
  readonly scope?: ScopeFilter | undefined;
  /** Which providers to trust; default all that are in the mesh. Asked again when they change. */
  readonly trust?: ((entityId: EntityId) => boolean) | undefined;
}

/** The names of {@link ServiceCallOptions}. */
export const SERVICE_CALL_OPTIONS: ReadonlySet<string> = new Set(
  Object.keys({
    signal: true,
    deadlineMs: true,
    metadata: true,
    idempotencyKey: true,
    traceparent: true,
    tracestate: true,
    parent: true,
    onTrailers: true,
    retry: true,
    hedge: true,
    attemptTimeoutMs: true,
    policy: true,
    stickyKey: true,
    filterUnhealthy: true,
    where: true,
    scope: true,
    trust: true,
  } satisfies Record<keyof ServiceCallOptions, true>),
);
