import type { Listen } from "@selvage/core";

import type { CallEvent } from "../client/call-event.ts";
import type { OtelAttributes, OtelMeter } from "./open-telemetry-api.ts";
import { outcomeAttributes, RPC_SYSTEM } from "./open-telemetry-attributes.ts";
import type { ServedCallEvent } from "./served-call.ts";

/** Where calls can be heard of: a client and a server, or a node of a mesh, which is both. */
export interface CallEventSources {
  readonly onCall?: Listen<CallEvent> | undefined;
  readonly onServed?: Listen<ServedCallEvent> | undefined;
}

/** What the conventions call a service that is not known here, so that names stay few. */
const OTHER_METHOD = "_OTHER";
/** The buckets that the conventions advise, in seconds. */
const ADVISED_BUCKETS: readonly number[] = [
  0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10,
];

/**
 * Measures calls with a meter of `@opentelemetry/api`, after OpenTelemetry's semantic conventions
 * for RPC: `rpc.client.call.duration`, `rpc.server.call.duration` in seconds, and
 * `nrpc.client.attempts`, which tells why they were made. Disposing the result ends that.
 */
export function recordOpenTelemetryMetrics(
  meter: OtelMeter,
  { onCall, onServed }: CallEventSources,
): Disposable {
  const advice = (): { explicitBucketBoundaries: number[] } => ({
    explicitBucketBoundaries: [...ADVISED_BUCKETS],
  });
  const made = meter.createHistogram("rpc.client.call.duration", {
    description: "Duration of calls, from the call to its end.",
    unit: "s",
    advice: advice(),
  });
  const served = meter.createHistogram("rpc.server.call.duration", {
    description: "Duration of calls that arrived, from the first message to the answer's end.",
    unit: "s",
    advice: advice(),
  });
  const attempts = meter.createCounter("nrpc.client.attempts", {
    description: "Attempts of calls.",
    unit: "{attempt}",
  });
  const subscriptions = [
    onCall?.((event) => {
      made.record(event.durationMs / 1_000, attributesOf(event.service, event.outcome));
      for (const { action, outcome } of event.attempts) {
        const attributes = attributesOf(event.service, outcome);
        attempts.add(1, { ...attributes, "nrpc.attempt.action": action });
      }
    }),
    onServed?.(({ service, outcome, isStarted, durationMs }) => {
      const method = outcome === "not-found" && !isStarted ? OTHER_METHOD : service;
      served.record(durationMs / 1_000, attributesOf(method, outcome));
    }),
  ];
  return {
    [Symbol.dispose]: () => {
      for (const subscription of subscriptions) subscription?.[Symbol.dispose]();
    },
  };
}

function attributesOf(method: string, outcome: string): OtelAttributes {
  return {
    "rpc.system.name": RPC_SYSTEM,
    "rpc.method": method,
    ...outcomeAttributes(outcome),
  };
}
