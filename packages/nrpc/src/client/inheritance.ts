import { linkSignals, type Random } from "@selvage/core";

import { DEFAULT_DEADLINE_MS } from "../defaults.ts";
import { childOf } from "../observability/trace-context.ts";
import type { CallContext } from "../server/handler.ts";
import type { CallOptions } from "./call-options.ts";

/** What a call takes over from the one that is being served. */
export type Legacy = Pick<CallContext, "remainingMs" | "signal" | "traceparent" | "tracestate">;

/** Options of a call with what it inherits from the one that is being served. */
export interface Inheritance<Options extends CallOptions> extends Disposable {
  readonly options: Options;
}

/**
 * What a call made for another one takes over from that: it has no more time, it ends when that one
 * is cancelled, and it belongs to the same trace: as a span of its own that `random` names, or, if
 * there is none, as one that somebody else makes.
 */
export function inherit<Options extends CallOptions>(
  options: Options,
  parent: Legacy,
  random: Random | undefined,
): Inheritance<Options> {
  const { deadlineMs = DEFAULT_DEADLINE_MS } = options;
  const link = linkSignals(options.signal, parent.signal);
  return {
    options: {
      ...options,
      signal: link.signal,
      // Even with no time left it begins, to end with the proper error.
      deadlineMs:
        deadlineMs > 0
          ? Math.max(Number.MIN_VALUE, Math.min(deadlineMs, parent.remainingMs()))
          : deadlineMs,
      ...inheritTrace(options, parent, random),
    },
    [Symbol.dispose]: () => link[Symbol.dispose](),
  };
}

/** A state belongs to its parent: the caller gives both, or takes over both. */
function inheritTrace(
  { traceparent, tracestate }: CallOptions,
  parent: Legacy,
  random: Random | undefined,
): Pick<CallOptions, "traceparent" | "tracestate"> {
  if (traceparent !== undefined) return { traceparent, tracestate };
  return {
    traceparent: random === undefined ? parent.traceparent : childOf(parent.traceparent, random),
    tracestate: tracestate ?? parent.tracestate,
  };
}
