import { Counter, Gauge, Histogram, type OpenMetricsContentType, Registry } from "prom-client";
import { describe, expect, test } from "vitest";

import {
  LATENCY_BUCKETS_SECONDS,
  registerRpcMetrics,
  RpcMetrics,
  type RpcMetricsSnapshot,
  toPrometheus,
} from "../src/observability/index.ts";
import { callEvent, type EventBench, eventBench, servedEvent } from "./call-events.ts";

const EMPTY: RpcMetricsSnapshot = { made: [], served: [] };

/** Metrics of some calls. */
function metricsOf(events: (bench: EventBench) => void): RpcMetrics {
  const bench = eventBench();
  const metrics = new RpcMetrics({ client: bench, server: bench });
  events(bench);
  return metrics;
}

const greeted = (): RpcMetricsSnapshot =>
  metricsOf(({ calls, callStarts }) => {
    callStarts.emit({ service: "greet", shape: "unary" });
    callStarts.emit({ service: "greet", shape: "unary" });
    callStarts.emit({ service: "greet", shape: "unary" });
    calls.emit(callEvent({ durationMs: 4, moves: 2 }));
    calls.emit(callEvent({ durationMs: 1_500, outcome: "timeout", retries: 1 }));
  }).snapshot();

describe("the text format", () => {
  test("of the calls that a node made", () => {
    expect(toPrometheus(greeted())).toBe(`\
# HELP nrpc_calls_total Calls made, by service.
# TYPE nrpc_calls_total counter
nrpc_calls_total{service="greet"} 2
# HELP nrpc_errors_total Calls made that failed, by kind.
# TYPE nrpc_errors_total counter
nrpc_errors_total{service="greet",kind="timeout"} 1
# HELP nrpc_in_flight_calls Calls made that are under way.
# TYPE nrpc_in_flight_calls gauge
nrpc_in_flight_calls{service="greet"} 1
# HELP nrpc_call_latency_seconds Time from call to answer.
# TYPE nrpc_call_latency_seconds histogram
nrpc_call_latency_seconds_bucket{service="greet",le="0.005"} 1
nrpc_call_latency_seconds_bucket{service="greet",le="0.01"} 1
nrpc_call_latency_seconds_bucket{service="greet",le="0.025"} 1
nrpc_call_latency_seconds_bucket{service="greet",le="0.05"} 1
nrpc_call_latency_seconds_bucket{service="greet",le="0.1"} 1
nrpc_call_latency_seconds_bucket{service="greet",le="0.25"} 1
nrpc_call_latency_seconds_bucket{service="greet",le="0.5"} 1
nrpc_call_latency_seconds_bucket{service="greet",le="1"} 1
nrpc_call_latency_seconds_bucket{service="greet",le="2.5"} 2
nrpc_call_latency_seconds_bucket{service="greet",le="5"} 2
nrpc_call_latency_seconds_bucket{service="greet",le="10"} 2
nrpc_call_latency_seconds_bucket{service="greet",le="+Inf"} 2
nrpc_call_latency_seconds_sum{service="greet"} 1.504
nrpc_call_latency_seconds_count{service="greet"} 2
# HELP nrpc_moves_total Attempts moved to another provider.
# TYPE nrpc_moves_total counter
nrpc_moves_total{service="greet"} 2
# HELP nrpc_retries_total Attempts repeated after a wait.
# TYPE nrpc_retries_total counter
nrpc_retries_total{service="greet"} 1
# HELP nrpc_hedges_total Attempts started beside a running one.
# TYPE nrpc_hedges_total counter
nrpc_hedges_total{service="greet"} 0
# HELP nrpc_requests_sent_total Request messages given by callers.
# TYPE nrpc_requests_sent_total counter
nrpc_requests_sent_total{service="greet"} 2
# HELP nrpc_request_bytes_total Bytes of request messages.
# TYPE nrpc_request_bytes_total counter
nrpc_request_bytes_total{service="greet"} 20
# HELP nrpc_responses_received_total Response messages.
# TYPE nrpc_responses_received_total counter
nrpc_responses_received_total{service="greet"} 2
# HELP nrpc_response_bytes_total Bytes of response messages.
# TYPE nrpc_response_bytes_total counter
nrpc_response_bytes_total{service="greet"} 40
`);
  });

  test("of the calls that a node served, in the order of their names", () => {
    const metrics = metricsOf(({ served }) => {
      const event = { shape: "server-stream", responseMessages: 3 } as const;
      served.emit(servedEvent({ service: "b", outcome: "denied", isStarted: false }));
      served.emit(servedEvent({ ...event, service: "a", outcome: "internal" }));
      served.emit(
        servedEvent({ ...event, service: "a", outcome: "cancelled", droppedMessages: 1 }),
      );
    });
    const lines = toPrometheus(metrics.snapshot())
      .split("\n")
      .filter((line) => !line.startsWith("#") && !/_bucket|bytes|requests/.test(line));
    expect(lines).toEqual([
      'nrpc_handler_calls_total{service="a"} 2',
      'nrpc_handler_calls_total{service="b"} 1',
      'nrpc_handler_errors_total{service="a",kind="cancelled"} 1',
      'nrpc_handler_errors_total{service="a",kind="internal"} 1',
      'nrpc_handler_errors_total{service="b",kind="denied"} 1',
      'nrpc_handler_invocations_total{service="a"} 2',
      'nrpc_handler_invocations_total{service="b"} 0',
      'nrpc_handler_panics_total{service="a"} 1',
      'nrpc_handler_panics_total{service="b"} 0',
      'nrpc_handler_in_flight{service="a"} 0',
      'nrpc_handler_in_flight{service="b"} 0',
      'nrpc_handler_duration_seconds_sum{service="a"} 0.006',
      'nrpc_handler_duration_seconds_count{service="a"} 2',
      'nrpc_handler_duration_seconds_sum{service="b"} 0',
      'nrpc_handler_duration_seconds_count{service="b"} 0',
      'nrpc_handler_responses_total{service="a"} 6',
      'nrpc_handler_responses_total{service="b"} 1',
      'nrpc_streaming_chunks_emitted_total{service="a"} 6',
      'nrpc_streaming_chunks_emitted_total{service="b"} 0',
      'nrpc_streaming_chunks_dropped_total{service="a"} 1',
      'nrpc_streaming_chunks_dropped_total{service="b"} 0',
      'nrpc_capability_denied_total{service="a"} 0',
      'nrpc_capability_denied_total{service="b"} 1',
      "",
    ]);
  });

  test("escapes what a label must not hold, and nothing else", () => {
    const service = 'a\\b"c\nd\re{é}';
    const { calls } = linesOf(metricsOf((bench) => bench.calls.emit(callEvent({ service }))));
    expect(calls).toBe('nrpc_calls_total{service="a\\\\b\\"c\\nd\re{é}"} 1');
  });

  test("writes large and small numbers so that they can be read", () => {
    const metrics = metricsOf(({ calls }) => {
      calls.emit(callEvent({ responseBytes: Number.MAX_SAFE_INTEGER, durationMs: 0.0005 }));
    });
    const text = toPrometheus(metrics.snapshot());
    expect(text).toContain('nrpc_response_bytes_total{service="greet"} 9007199254740991\n');
    expect(text).toContain('nrpc_call_latency_seconds_sum{service="greet"} 5e-7\n');
  });

  test("of nothing is nothing", () => {
    expect(toPrometheus(EMPTY)).toBe("");
    expect(toPrometheus(EMPTY, { format: "openmetrics" })).toBe("# EOF\n");
  });

  test("takes another prefix", () => {
    expect(toPrometheus(greeted(), { prefix: "app:rpc" })).toMatch(/^# HELP app:rpc_calls_total /);
  });

  test.each(["", "1st", "a-b", "ä", "a b"])("refuses the prefix %j", (prefix) => {
    expect(() => toPrometheus(EMPTY, { prefix })).toThrow(RangeError);
  });

  test("is what prom-client writes of the same calls", async () => {
    const registry = new Registry();
    const parts = { labelNames: ["service", "kind"], registers: [registry] };
    const calls = new Counter({
      ...parts,
      name: "nrpc_calls_total",
      help: "Calls made, by service.",
    });
    const help = "Calls made that failed, by kind.";
    const errors = new Counter({ ...parts, name: "nrpc_errors_total", help });
    const flights = "Calls made that are under way.";
    const inFlight = new Gauge({ ...parts, name: "nrpc_in_flight_calls", help: flights });
    const latency = new Histogram({
      ...parts,
      name: "nrpc_call_latency_seconds",
      help: "Time from call to answer.",
      buckets: LATENCY_BUCKETS_SECONDS.slice(0, -1),
    });
    const bench = eventBench();
    const metrics = new RpcMetrics({ client: bench });
    const durations = [0, 4.9, 5, 5.1, 99, 100, 101, 7_500, 20_000];
    for (const service of ["a", 'with "quotes"', "with\nlines", "with\\strokes"]) {
      inFlight.set({ service }, 0);
      for (const [n, durationMs] of durations.entries()) {
        const outcome = n < 3 ? "backpressure" : n < 5 ? "unavailable" : "ok";
        bench.callStarts.emit({ service, shape: "unary" });
        bench.calls.emit(callEvent({ service, durationMs, outcome }));
        calls.inc({ service });
        if (outcome !== "ok") errors.inc({ service, kind: outcome });
        latency.observe({ service }, durationMs / 1_000);
      }
    }
    const theirs = normalised(await registry.metrics());
    const ours = normalised(toPrometheus(metrics.snapshot()));
    expect(ours.filter((line) => theirs.includes(line))).toEqual(theirs);
    expect(theirs).toHaveLength(4 * (1 + 2 + 1 + 14) + 8);
  });
});

describe("OpenMetrics", () => {
  test("has no total in the names of counters, numbers with fractions as bounds, and an end", () => {
    const text = toPrometheus(greeted(), { format: "openmetrics" });
    expect(text).toMatch(
      /^# HELP nrpc_calls Calls made, by service\.\n# TYPE nrpc_calls counter\n/,
    );
    expect(text).toContain('\nnrpc_calls_total{service="greet"} 2\n');
    expect(text).toContain('{service="greet",le="0.005"} 1\n');
    expect(text).toContain('{service="greet",le="1.0"} 1\n');
    expect(text).toContain('{service="greet",le="10.0"} 2\n');
    expect(text).toContain('{service="greet",le="+Inf"} 2\n');
    expect(text.match(/_total \w+\n|_total (counter|gauge)/g)).toBeNull();
    expect(text.endsWith("\n# EOF\n")).toBe(true);
    expect(text.match(/# EOF/g)).toHaveLength(1);
  });
});

describe("a registry of prom-client", () => {
  test("gives the same text", async () => {
    const registry = new Registry();
    registerRpcMetrics(registry, greeted);
    const lines = normalised(await registry.metrics());
    const named = normalised(toPrometheus(greeted()));
    expect(lines.filter((line) => named.includes(line))).toEqual(named);
    expect(lines.filter((line) => !named.includes(line) && !line.startsWith("#"))).toEqual([]);
  });

  test("gives it as OpenMetrics too, as often as it is asked", async () => {
    const registry = new Registry<OpenMetricsContentType>();
    registry.setContentType(Registry.OPENMETRICS_CONTENT_TYPE);
    registerRpcMetrics(registry, greeted);
    const first = await registry.metrics();
    expect(await registry.metrics()).toBe(first);
    expect(first).toContain("# TYPE nrpc_calls counter\n");
    expect(first).toContain('\nnrpc_calls_total{service="greet"} 2\n');
    expect(first).toContain('\nnrpc_call_latency_seconds_bucket{service="greet",le="+Inf"} 2\n');
  });

  test("takes one snapshot per scrape", async () => {
    const registry = new Registry();
    let reads = 0;
    registerRpcMetrics(registry, () => {
      reads++;
      return greeted();
    });
    await registry.metrics();
    await registry.metrics();
    await registry.getMetricsAsJSON();
    expect(reads).toBe(3);
  });

  test("can be added up with those of other processes", async () => {
    const registry = new Registry();
    registerRpcMetrics(registry, greeted);
    const each = await registry.getMetricsAsJSON();
    const { AggregatorRegistry } = await import("prom-client");
    const both = await AggregatorRegistry.aggregate([each, each]).metrics();
    expect(both).toContain('nrpc_calls_total{service="greet"} 4\n');
    expect(both).toContain('nrpc_call_latency_seconds_count{service="greet"} 4\n');
  });

  test("has them until they are disposed of, beside those of others", async () => {
    const registry = new Registry();
    const own = new Counter({ name: "own", help: "x", registers: [registry] });
    own.inc();
    const before = await registry.metrics();
    registerRpcMetrics(registry, greeted)[Symbol.dispose]();
    expect(await registry.metrics()).toBe(before);
  });

  test("takes all of them, or none", async () => {
    const registry = new Registry();
    const taken = { name: "nrpc_moves_total", help: "x", registers: [registry] };
    expect(new Counter(taken)).toBeDefined();
    const before = await registry.metrics();
    expect(() => registerRpcMetrics(registry, greeted)).toThrow(/nrpc_moves_total/);
    expect(await registry.metrics()).toBe(before);
    expect(() => registerRpcMetrics(registry, greeted, { prefix: "-" })).toThrow(RangeError);
    registerRpcMetrics(registry, greeted, { prefix: "mesh" });
    expect(await registry.metrics()).toContain('mesh_calls_total{service="greet"} 2\n');
  });

  test("keeps them when it is reset: they belong to the node", async () => {
    const registry = new Registry();
    registerRpcMetrics(registry, greeted);
    const before = await registry.metrics();
    registry.resetMetrics();
    expect(await registry.metrics()).toBe(before);
  });
});

/** Lines that matter, with the labels of each in one order. */
function normalised(text: string): string[] {
  return text
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => line.replace(/\{(le="[^"]*"),(.*)\} /, "{$2,$1} "))
    .map((line) => line.replace(/ (\d+\.\d+)$/, (_, value) => ` ${Number(value).toFixed(9)}`))
    .toSorted();
}

function linesOf(metrics: RpcMetrics): { readonly calls: string | undefined } {
  const lines = toPrometheus(metrics.snapshot()).split("\n");
  return { calls: lines.find((line) => line.startsWith("nrpc_calls_total")) };
}
