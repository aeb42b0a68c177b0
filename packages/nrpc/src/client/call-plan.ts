import type { AnyContract } from "../contract.ts";
import { ProviderFilter } from "../selection/provider-filter.ts";
import type { PickRules } from "../selection/provider-picker.ts";
import type { Selectors } from "../selection/selectors.ts";
import type { CallHedgeOptions, CallRetryOptions, ServiceCallOptions } from "./call-options.ts";

/** How one call by service name is to be treated: its options, resolved. */
export interface CallPlan extends PickRules {
  readonly retry: CallRetryOptions | undefined;
  readonly hedge: CallHedgeOptions | undefined;
  /** It may be repeated, moved and raced although its handler may have started. */
  readonly isSafe: boolean;
  /**
   * Its idempotency key makes repeats harmless at the process that may have started it: it is tried
   * again there, and nowhere else.
   */
  readonly repeatsInPlace: boolean;
  readonly attemptTimeoutMs: number;
  /** `undefined`: any provider of the right version will do. */
  readonly filter: ProviderFilter | undefined;
  readonly signal: AbortSignal | undefined;
}

/**
 * Resolves options; `idempotent` is what the contract declares, and calls of the shape `unary` are
 * recognised by their keys.
 *
 * @throws RangeError for a policy that there is not, or `sticky` without a key.
 */
export function planCall(
  options: ServiceCallOptions,
  { idempotent, shape }: Pick<AnyContract, "idempotent" | "shape">,
  selectors: Selectors,
): CallPlan {
  const { policy = "round-robin", trust, where, scope } = options;
  const retry = given(options.retry);
  if (!Object.hasOwn(selectors, policy)) {
    throw new RangeError(
      `policy must be one of ${Object.keys(selectors).join(", ")}, got "${policy}"`,
    );
  }
  const isSafe = retry?.maybeDelivered ?? idempotent;
  const hasKey = shape === "unary" && (options.idempotencyKey ?? "") !== "";
  const isFiltered = trust !== undefined || where !== undefined || scope !== undefined;
  return {
    retry,
    hedge: given(options.hedge),
    isSafe,
    repeatsInPlace: hasKey && !isSafe && retry !== undefined && retry.maybeDelivered !== false,
    selector: selectors[policy],
    stickyKey: policy === "sticky" ? keyOf(options.stickyKey) : undefined,
    filterUnhealthy: options.filterUnhealthy ?? true,
    attemptTimeoutMs: options.attemptTimeoutMs ?? Number.POSITIVE_INFINITY,
    filter: isFiltered ? new ProviderFilter({ trust, where, scope }) : undefined,
    signal: options.signal,
  };
}

function keyOf(stickyKey: string | undefined): string {
  if (typeof stickyKey === "string" && stickyKey !== "") return stickyKey;
  throw new RangeError(
    `stickyKey must be a text that is not empty with the policy "sticky", got ${stickyKey === "" ? '""' : String(stickyKey)}`,
  );
}

/** `true` stands for the defaults, `false` for nothing. */
function given<Options extends object>(option: boolean | Options | undefined): Options | undefined {
  if (option === true) return {} as Options;
  return option === false ? undefined : option;
}
