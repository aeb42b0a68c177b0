import { callable } from "./checks.ts";
import { passOn, type Policy, type PolicyContext } from "./policy.ts";

/** What {@link compose} makes: it may answer what any part may, and gives what all parts give. */
export type ComposedPolicy<Parts extends readonly Policy<unknown>[]> = Policy<
  {
    [Index in keyof Parts]: "answers" extends keyof Parts[Index]
      ? Parts[Index] extends { readonly answers?: (() => infer Answer) | undefined }
        ? Answer
        : never
      : never;
  }[number],
  // A function that takes any of several contexts must be given all of them in one.
  {
    [Index in keyof Parts]: Parts[Index] extends {
      execute(fn: (context: infer Context) => unknown, ...rest: never[]): unknown;
    }
      ? (context: Context) => void
      : never;
  }[number] extends (context: infer All) => void
    ? All & PolicyContext
    : never
>;

/**
 * Makes one policy out of several, the first outermost. The function gets the contexts of all of
 * them in one, an inner field before an outer one of the same name.
 *
 * The order that holds for calls to several targets, from the outside: `fallback`, `timeout` for
 * the whole, `retry` or `hedge`, the choice of a target, its `Bulkhead` or `rateLimit`, its
 * `CircuitBreaker`, `timeout` for the attempt. Without any policy it is a plain call.
 *
 * @throws TypeError for what has no method `execute`.
 */
export function compose<const Parts extends readonly Policy<unknown>[]>(
  ...policies: Parts
): ComposedPolicy<Parts>;
export function compose(...policies: readonly Policy<unknown>[]): Policy<unknown> {
  policies.forEach((policy, index) => callable(`policies[${index}].execute`, policy?.execute));
  const plainCall: Policy["execute"] = async (fn, options) => fn(passOn(options));
  const execute = policies.reduceRight<Policy<unknown>["execute"]>(
    (inner, outer) => (fn, options) => outer.execute((context) => inner(fn, context), options),
    plainCall,
  );
  return { execute };
}
