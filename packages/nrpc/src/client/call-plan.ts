import type { Selector } from "../selection/selection-policy.ts";
import type { CallHedgeOptions, CallRetryOptions, ServiceCallOptions } from "./call-options.ts";

/** How one call by service name is to be treated: its options, resolved. */
export interface CallPlan {
  readonly retry: CallRetryOptions | undefined;
  readonly hedge: CallHedgeOptions | undefined;
  /** It may be repeated, moved and raced although its handler may have started. */
  readonly isSafe: boolean;
  readonly selector: Selector;
  readonly attemptTimeoutMs: number;
  readonly trust: ServiceCallOptions["trust"];
  readonly signal: AbortSignal | undefined;
}

/** The selectors by policy name. */
export type Selectors = Readonly<Record<NonNullable<ServiceCallOptions["policy"]>, Selector>>;

/** Resolves options; `idempotent` is what the contract declares. */
export function planCall(
  options: ServiceCallOptions,
  idempotent: boolean,
  selectors: Selectors,
): CallPlan {
  const retry = given(options.retry);
  return {
    retry,
    hedge: given(options.hedge),
    isSafe: retry?.maybeDelivered ?? idempotent,
    selector: selectors[options.policy ?? "round-robin"],
    attemptTimeoutMs: options.attemptTimeoutMs ?? Number.POSITIVE_INFINITY,
    trust: options.trust,
    signal: options.signal,
  };
}

/** `true` stands for the defaults, `false` for nothing. */
function given<Options extends object>(option: boolean | Options | undefined): Options | undefined {
  if (option === true) return {} as Options;
  return option === false ? undefined : option;
}
