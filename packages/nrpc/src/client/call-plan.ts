import type { AnyContract } from "../contract.ts";
import { ProviderFilter } from "../selection/provider-filter.ts";
import type { PickRules } from "../selection/provider-picker.ts";
import type { Selectors } from "../selection/selectors.ts";
import type { CallHedgeOptions, CallRetryOptions, ServiceCallOptions } from "./call-options.ts";
import { requirePositive } from "./require-positive.ts";

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
 * @throws RangeError for a policy that there is not, `sticky` without a key, or a number out of
 * its range; TypeError for a property of `retry` or `hedge` that there is not, or if they are
 * neither options nor a boolean.
 */
export function planCall(
  options: ServiceCallOptions,
  { idempotent, shape }: Pick<AnyContract, "idempotent" | "shape">,
  selectors: Selectors,
): CallPlan {
  const { policy = "round-robin", trust, where, scope } = options;
  const { attemptTimeoutMs = Number.POSITIVE_INFINITY } = options;
  const retry = given("retry", options.retry);
  const hedge = given("hedge", options.hedge);
  if (retry !== undefined) checkNumbers("retry", retry, RETRY);
  if (hedge !== undefined) checkNumbers("hedge", hedge, HEDGE);
  requirePositive("attemptTimeoutMs", attemptTimeoutMs);
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
    hedge,
    isSafe,
    repeatsInPlace: hasKey && !isSafe && retry !== undefined && retry.maybeDelivered !== false,
    selector: selectors[policy],
    stickyKey: policy === "sticky" ? keyOf(options.stickyKey) : undefined,
    filterUnhealthy: options.filterUnhealthy ?? true,
    attemptTimeoutMs,
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

/** The least that each property may be; `undefined`: it is no number. */
type Least = ReadonlyMap<string, number | undefined>;

const RETRY: Least = new Map<keyof CallRetryOptions, number | undefined>([
  ["maxAttempts", 1],
  ["initialBackoffMs", 0],
  ["maxBackoffMs", 0],
  ["backoffMultiplier", 1],
  ["maybeDelivered", undefined],
]);

const HEDGE: Least = new Map<keyof CallHedgeOptions, number | undefined>([
  ["delayMs", 0],
  ["hedges", 0],
]);

/** What is wrong must show at once, and not only when a call fails. */
function checkNumbers(name: string, options: object, least: Least): void {
  for (const [property, value] of Object.entries(options)) {
    const min = least.get(property);
    if (min === undefined) {
      if (least.has(property)) continue;
      const known = [...least.keys()].join(", ");
      throw new TypeError(`${name} has no property "${property}", only ${known}`);
    }
    if (value === undefined || (typeof value === "number" && value >= min)) continue;
    throw new RangeError(`${name}.${property} must be at least ${min}, got ${String(value)}`);
  }
}

/** `true` stands for the defaults, `false` for nothing. */
function given<Options extends object>(
  name: string,
  option: boolean | Options | undefined,
): Options | undefined {
  if (option === true) return {} as Options;
  if (option === false || option === undefined) return undefined;
  if (typeof option === "object" && option !== null) return option;
  throw new TypeError(`${name} must be true, false or options, got ${String(option)}`);
}
