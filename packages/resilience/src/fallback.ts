import type { Listen } from "@selvage/core";

import { callable } from "./checks.ts";
import {
  passOn,
  type Policy,
  type PolicyConfig,
  type PolicyContext,
  portsOf,
  run,
} from "./policy.ts";

/** Construction options of {@link fallback}. */
export interface FallbackConfig extends PolicyConfig {
  /** For which errors there is another answer. Default: all. */
  readonly handles?: ((error: unknown) => boolean) | undefined;
}

/** A call failed and gets the other answer. */
export interface FallbackEvent {
  readonly type: "fallback";
  readonly error: unknown;
}

/** Made by {@link fallback}. */
export interface FallbackPolicy<T> extends Policy<T> {
  readonly onEvent: Listen<FallbackEvent>;
}

/**
 * Gives another answer when a call fails, also when a policy within refused to make it. A caller
 * who gave up gets none. If `answer` fails too, that is the error of the call.
 *
 * @throws TypeError if `answer` or `handles` is no function.
 */
export function fallback<T>(
  answer: (error: unknown, context: PolicyContext) => PromiseLike<T> | T,
  config: FallbackConfig = {},
): FallbackPolicy<T> {
  callable("answer", answer);
  const handles = callable("handles", config.handles ?? (() => true));
  const { events } = portsOf<FallbackEvent>(config);
  return {
    onEvent: events.on,
    execute: async (fn, options) => {
      const context = passOn(options);
      try {
        return await run(fn, context);
      } catch (error) {
        if (context.signal.aborted || !handles(error)) throw error;
        events.emit({ type: "fallback", error });
        return await run((context) => answer(error, context), context);
      }
    },
  };
}
