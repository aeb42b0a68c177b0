import { linkSignals, type Random, randomInt } from "@selvage/core";

import { DEFAULT_DEADLINE_MS } from "../defaults.ts";
import type { CallContext } from "../server/handler.ts";
import type { CallOptions } from "./call-options.ts";

/** Options of a call with what it inherits from the one that is being served. */
export interface Inheritance<Options extends CallOptions> extends Disposable {
  readonly options: Options;
}

/**
 * What a call made for another one takes over from that: it has no more time, it ends when that one
 * is cancelled, and it belongs to the same trace.
 */
export function inherit<Options extends CallOptions>(
  options: Options,
  parent: CallContext,
  random: Random,
): Inheritance<Options> {
  const link = linkSignals(options.signal, parent.signal);
  return {
    options: {
      ...options,
      signal: link.signal,
      // Even with no time left it begins, to end with the proper error.
      deadlineMs: Math.max(
        Number.MIN_VALUE,
        Math.min(options.deadlineMs ?? DEFAULT_DEADLINE_MS, parent.remainingMs()),
      ),
      traceparent: options.traceparent ?? childOf(parent.traceparent, random),
      tracestate: options.tracestate ?? parent.tracestate,
    },
    [Symbol.dispose]: () => link[Symbol.dispose](),
  };
}

/** The same trace with another parent (W3C Trace Context §3.2). What cannot be read is passed on. */
export function childOf(traceparent: string | undefined, random: Random): string | undefined {
  const parts = /^(00-[0-9a-f]{32})-[0-9a-f]{16}-([0-9a-f]{2})$/.exec(traceparent ?? "");
  if (parts === null) return traceparent;
  const half = (): string =>
    randomInt(random, 2 ** 32)
      .toString(16)
      .padStart(8, "0");
  const span = half() + half();
  return `${parts[1]}-${/^0+$/.test(span) ? "0000000000000001" : span}-${parts[2]}`;
}
