import fc from "fast-check";
import { expect, test } from "vitest";

import type { CallEvent, ServedCallEvent } from "../src/index.ts";
import { LATENCY_BUCKETS_SECONDS, RpcMetrics } from "../src/observability/index.ts";
import { callEvent, eventBench, servedEvent, someNode } from "./call-events.ts";

const few = fc.nat(1_000);
const service = fc.constantFrom("a", "b", "c", "d");
const shape = fc.constantFrom("unary", "server-stream", "client-stream", "bidirectional");
const durationMs = fc.oneof(few, fc.double({ min: 0, max: 20_000, noNaN: true }));
const counts = {
  service,
  shape,
  durationMs,
  requestMessages: few,
  requestBytes: few,
  responseMessages: few,
  responseBytes: few,
};
const made = fc
  .record({
    ...counts,
    outcome: fc.constantFrom("ok", "timeout", "unavailable", "cancelled"),
    moves: few,
    retries: few,
    hedges: few,
  })
  .map(callEvent);
const served = fc
  .record({
    ...counts,
    outcome: fc.constantFrom("ok", "internal", "denied", "cancelled"),
    isStarted: fc.boolean(),
    droppedMessages: few,
  })
  .map((event) => servedEvent(event as Partial<ServedCallEvent>));
const history = fc.array(
  fc.oneof(
    fc.record({ made, isEnded: fc.boolean() }),
    fc.record({ served, isEnded: fc.boolean() }),
  ),
  { maxLength: 60 },
);

const sum = <T>(events: readonly T[], read: (event: T) => number): number =>
  events.reduce((total, event) => total + read(event), 0);

/** Outcomes that are not `ok`, counted one by one. */
function failures(events: readonly { readonly outcome: string }[]): Record<string, number> {
  const counted: Record<string, number> = {};
  for (const { outcome } of events) {
    if (outcome !== "ok") counted[outcome] = (counted[outcome] ?? 0) + 1;
  }
  return counted;
}

/** Durations, sorted into buckets one by one. */
function buckets(events: readonly { readonly durationMs: number }[]): object {
  return {
    count: events.length,
    sumMs: sum(events, (event) => event.durationMs),
    cumulative: LATENCY_BUCKETS_SECONDS.map(
      (bound) => events.filter((event) => event.durationMs <= bound * 1_000).length,
    ),
  };
}

const messages = (events: readonly (CallEvent | ServedCallEvent)[]): object => ({
  requestMessages: sum(events, (event) => event.requestMessages),
  requestBytes: sum(events, (event) => event.requestBytes),
  responseMessages: sum(events, (event) => event.responseMessages),
  responseBytes: sum(events, (event) => event.responseBytes),
});

test("counters are what a recount of all events gives", () => {
  fc.assert(
    fc.property(history, (steps) => {
      const bench = eventBench();
      const metrics = new RpcMetrics({ client: bench, server: bench });
      const calls: { readonly event: CallEvent; readonly isEnded: boolean }[] = [];
      const handled: { readonly event: ServedCallEvent; readonly isEnded: boolean }[] = [];
      for (const step of steps) {
        const { isEnded } = step;
        if ("made" in step) {
          bench.callStarts.emit(step.made);
          if (isEnded) bench.calls.emit(step.made);
          calls.push({ event: step.made, isEnded });
        } else {
          const { service, shape, isStarted } = step.served;
          if (isStarted) bench.servedStarts.emit({ service, shape, caller: someNode });
          if (isEnded) bench.served.emit(step.served);
          if (isStarted || isEnded) handled.push({ event: step.served, isEnded });
        }
      }
      const snapshot = metrics.snapshot();
      expect(snapshot.made).toEqual(
        names(calls).map((name) => {
          const all = calls.filter(({ event }) => event.service === name);
          const ended = all.filter(({ isEnded }) => isEnded).map(({ event }) => event);
          return {
            service: name,
            total: ended.length,
            failed: failures(ended),
            inFlight: all.length - ended.length,
            latency: buckets(ended),
            moves: sum(ended, (event) => event.moves),
            retries: sum(ended, (event) => event.retries),
            hedges: sum(ended, (event) => event.hedges),
            ...messages(ended),
          };
        }),
      );
      expect(snapshot.served).toEqual(
        names(handled).map((name) => {
          const all = handled.filter(({ event }) => event.service === name);
          const ended = all.filter(({ isEnded }) => isEnded).map(({ event }) => event);
          const ran = ended.filter(({ isStarted }) => isStarted);
          const streamed = ended.filter(({ shape }) => /server-stream|bidi/.test(shape));
          return {
            service: name,
            total: ended.length,
            failed: failures(ended),
            invocations: ran.length,
            panics: ran.filter(({ outcome }) => outcome === "internal").length,
            denied: ended.filter(({ outcome }) => outcome === "denied").length,
            inFlight: all.filter(({ event }) => event.isStarted).length - ran.length,
            duration: buckets(ran),
            ...messages(ended),
            chunksEmitted: sum(streamed, (event) => event.responseMessages),
            chunksDropped: sum(ended, (event) => event.droppedMessages),
          };
        }),
      );
    }),
  );
});

function names(events: readonly { readonly event: { readonly service: string } }[]): string[] {
  return [...new Set(events.map(({ event }) => event.service))].toSorted();
}
