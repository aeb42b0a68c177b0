import { type Clock, deadlineSignal, linkSignals, type NodeId, raceSignal } from "@selvage/core";

import { DEFAULT_HOST_DEADLINE_MS } from "../defaults.ts";
import { ComputeError } from "../errors.ts";
import type { HostCallOptions } from "./member-host.ts";

/**
 * Waits for the answer of a node for as long as the options allow.
 *
 * @throws {@link ComputeError} with kind `timeout`; the signal's reason.
 */
export async function answerWithin<T>(
  clock: Clock,
  to: NodeId,
  { signal, deadlineMs = DEFAULT_HOST_DEADLINE_MS }: HostCallOptions,
  ask: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  signal?.throwIfAborted();
  const deadline = deadlineSignal(
    clock,
    deadlineMs,
    () =>
      new ComputeError("timeout", `node ${to} did not answer within ${deadlineMs} ms`, {
        delivered: "maybe",
      }),
  );
  const linked = linkSignals(signal, deadline.signal);
  try {
    return await raceSignal(ask(linked.signal), linked.signal);
  } finally {
    deadline[Symbol.dispose]();
    linked[Symbol.dispose]();
  }
}
