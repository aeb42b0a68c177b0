import { describe, expect, test } from "vitest";

import { RpcMetrics } from "../src/observability/index.ts";
import { LatencyHistogram } from "../src/observability/latency-histogram.ts";
import { callEvent, eventBench, servedEvent, someNode } from "./call-events.ts";

describe("durations", () => {
  test.each([
    [0, 0],
    [5, 0],
    [5.001, 1],
    [10, 1],
    [25, 2],
    [9_999, 10],
    [10_000, 10],
    [10_001, 11],
    [Number.POSITIVE_INFINITY, 11],
  ])("of %s ms are in bucket %s and all above", (durationMs, bucket) => {
    const histogram = new LatencyHistogram();
    histogram.record(durationMs);
    const expected = Array.from({ length: 12 }, (_, at) => (at >= bucket ? 1 : 0));
    expect(histogram.snapshot()).toEqual({ count: 1, sumMs: durationMs, cumulative: expected });
  });
});

describe("metrics of calls", () => {
  test("count what is under way, and no more when it ended", () => {
    const bench = eventBench();
    const metrics = new RpcMetrics({ client: bench, server: bench });
    bench.callStarts.emit({ service: "greet", shape: "unary" });
    bench.servedStarts.emit({ service: "greet", shape: "unary", caller: someNode });
    expect(metrics.snapshot()).toMatchObject({
      made: [{ service: "greet", inFlight: 1, total: 0 }],
      served: [{ service: "greet", inFlight: 1, total: 0 }],
    });
    bench.calls.emit(callEvent());
    bench.served.emit(servedEvent());
    expect(metrics.snapshot()).toMatchObject({
      made: [{ inFlight: 0, total: 1, requestBytes: 10, responseBytes: 20 }],
      served: [{ inFlight: 0, total: 1, invocations: 1, chunksEmitted: 0 }],
    });
  });

  test("of a call that began before them are not below zero, nor do they hide the next", () => {
    const bench = eventBench();
    const metrics = new RpcMetrics({ client: bench, server: bench });
    bench.calls.emit(callEvent());
    bench.served.emit(servedEvent());
    expect(metrics.snapshot()).toMatchObject({
      made: [{ inFlight: 0, total: 1 }],
      served: [{ inFlight: 0, total: 1 }],
    });
    bench.callStarts.emit({ service: "greet", shape: "unary" });
    bench.servedStarts.emit({ service: "greet", shape: "unary", caller: someNode });
    expect(metrics.snapshot()).toMatchObject({
      made: [{ inFlight: 1 }],
      served: [{ inFlight: 1 }],
    });
  });

  test("tell refusals from handlers that failed", () => {
    const bench = eventBench();
    const metrics = new RpcMetrics({ server: bench });
    bench.served.emit(servedEvent({ outcome: "denied", isStarted: false }));
    bench.served.emit(servedEvent({ outcome: "internal" }));
    bench.served.emit(servedEvent({ outcome: "application" }));
    expect(metrics.snapshot().served).toMatchObject([
      {
        total: 3,
        invocations: 2,
        panics: 1,
        denied: 1,
        failed: { application: 1, denied: 1, internal: 1 },
        duration: { count: 2 },
      },
    ]);
  });

  test("count responses of streams apart, and those that nobody took", () => {
    const bench = eventBench();
    const metrics = new RpcMetrics({ server: bench });
    const event = { responseMessages: 7, droppedMessages: 1, outcome: "cancelled" } as const;
    bench.served.emit(servedEvent({ ...event, shape: "server-stream" }));
    bench.served.emit(servedEvent({ ...event, shape: "bidirectional" }));
    bench.served.emit(servedEvent({ shape: "client-stream" }));
    expect(metrics.snapshot().served).toMatchObject([
      { responseMessages: 15, chunksEmitted: 14, chunksDropped: 2 },
    ]);
  });

  test("count names beyond the bound together", () => {
    const bench = eventBench();
    const metrics = new RpcMetrics({ client: bench, server: bench }, { maxServices: 2 });
    for (const service of ["b", "a", "c", "d", "c", "a"]) {
      bench.callStarts.emit({ service, shape: "unary" });
      bench.calls.emit(callEvent({ service }));
      bench.served.emit(servedEvent({ service, isStarted: false }));
    }
    const { made, served } = metrics.snapshot();
    const totals = [
      ["__overflow__", 3],
      ["a", 2],
      ["b", 1],
    ];
    expect(made.map(({ service, total }) => [service, total])).toEqual(totals);
    expect(served.map(({ service, total }) => [service, total])).toEqual(totals);
  });

  test("are not made to grow by callers of what is not served", () => {
    const bench = eventBench();
    const metrics = new RpcMetrics({ server: bench });
    for (let n = 0; n < 10_000; n++) {
      bench.served.emit(
        servedEvent({ service: `guess-${n}`, outcome: "not-found", isStarted: false }),
      );
    }
    expect(metrics.snapshot().served).toMatchObject([{ service: "__unknown__", total: 10_000 }]);
  });

  test("count what is no kind of ours as other", () => {
    const bench = eventBench();
    const metrics = new RpcMetrics({ client: bench });
    bench.calls.emit(callEvent({ outcome: "timeout" }));
    bench.calls.emit(callEvent({ outcome: "made-up" }));
    bench.calls.emit(callEvent({ outcome: "toString" }));
    expect(metrics.snapshot().made).toMatchObject([{ failed: { other: 2, timeout: 1 } }]);
  });

  test("of a snapshot do not change, and stop when disposed of", () => {
    const bench = eventBench();
    const metrics = new RpcMetrics({ client: bench, server: bench });
    bench.calls.emit(callEvent({ outcome: "timeout" }));
    const before = metrics.snapshot();
    const copy = structuredClone(before);
    bench.calls.emit(callEvent({ outcome: "timeout" }));
    expect(before).toEqual(copy);
    metrics[Symbol.dispose]();
    bench.calls.emit(callEvent());
    expect(metrics.snapshot().made).toMatchObject([{ total: 2 }]);
    expect([bench.calls.size, bench.callStarts.size, bench.served.size]).toEqual([0, 0, 0]);
  });

  test.each([0, -1, 1.5, Number.NaN])("refuse a bound of %s", (maxServices) => {
    expect(() => new RpcMetrics({}, { maxServices })).toThrow(RangeError);
  });
});
