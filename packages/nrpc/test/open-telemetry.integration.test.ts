import * as otel from "@opentelemetry/api";
import { AsyncLocalStorageContextManager } from "@opentelemetry/context-async-hooks";
import {
  AggregationTemporality,
  InMemoryMetricExporter,
  MeterProvider,
  PeriodicExportingMetricReader,
} from "@opentelemetry/sdk-metrics";
import {
  BasicTracerProvider,
  InMemorySpanExporter,
  type ReadableSpan,
  SimpleSpanProcessor,
} from "@opentelemetry/sdk-trace-base";
import { afterAll, beforeAll, describe, expect, test } from "vitest";

import { ApplicationError, type CallContext, defineService } from "../src/index.ts";
import {
  createOpenTelemetryTracer,
  recordOpenTelemetryMetrics,
} from "../src/observability/index.ts";
import { callEvent, eventBench, servedEvent, someNode } from "./call-events.ts";
import { type RpcNode, RpcWorld } from "./rpc-world.ts";

const greet = defineService({ name: "greet", idempotent: true });
const count = defineService({ name: "count", shape: "server-stream", idempotent: true });
const outer = defineService({ name: "outer", idempotent: true });

beforeAll(() => {
  otel.context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable());
});

afterAll(() => otel.context.disable());

interface Bench {
  readonly world: RpcWorld;
  readonly caller: RpcNode;
  readonly providers: readonly [RpcNode, ...RpcNode[]];
  readonly tracer: otel.Tracer;
  /** What ended so far, in order. */
  spans(): readonly ReadableSpan[];
  /** The spans of a kind, in order. */
  of(kind: otel.SpanKind): readonly ReadableSpan[];
}

/** Nodes of which all spans end up in one place, as with a collector. */
async function bench(howMany = 1): Promise<Bench> {
  const exporter = new InMemorySpanExporter();
  const provider = new BasicTracerProvider({ spanProcessors: [new SimpleSpanProcessor(exporter)] });
  const tracer = provider.getTracer("test");
  const config = { tracer: createOpenTelemetryTracer(otel, tracer) };
  const world = new RpcWorld();
  const caller = world.start("caller", config);
  const others = Array.from({ length: howMany - 1 }, (_, n) => world.start(`p${n + 1}`, config));
  const providers = [world.start("p0", config), ...others] as const;
  for (const [priority, { name, server }] of providers.entries()) {
    server.serve(greet, () => name, { priority });
    const yields = function* (n: unknown): Generator<number> {
      for (let i = 0; i < Number(n); i++) yield i;
    };
    server.serve(count, yields, { priority });
  }
  await world.connect(caller, ...providers);
  await world.sim.runFor(3_000);
  const spans = (): readonly ReadableSpan[] => exporter.getFinishedSpans();
  const of = (kind: otel.SpanKind): readonly ReadableSpan[] =>
    spans().filter((span) => span.kind === kind);
  return { world, caller, providers, tracer, spans, of };
}

const idOf = (span: ReadableSpan | undefined): unknown => span?.spanContext().spanId;
const parentOf = (span: ReadableSpan | undefined): unknown => span?.parentSpanContext?.spanId;
const { CLIENT, INTERNAL, SERVER } = otel.SpanKind;

describe("spans of calls", () => {
  test("lie in each other across nodes: call, attempt, handler", async () => {
    const { world, caller, providers, spans, of } = await bench();
    await world.act(caller, () => caller.client.callService(greet, "x"));
    await world.sim.runFor(20);
    expect(spans()).toHaveLength(3);
    const [call] = of(INTERNAL);
    const [attempt] = of(CLIENT);
    const [handler] = of(SERVER);
    expect(parentOf(call)).toBeUndefined();
    expect(parentOf(attempt)).toBe(idOf(call));
    expect(parentOf(handler)).toBe(idOf(attempt));
    expect(handler?.parentSpanContext?.isRemote).toBe(true);
    expect(new Set(spans().map((span) => span.spanContext().traceId)).size).toBe(1);
    const common = {
      "rpc.system": "nrpc",
      "rpc.system.name": "nrpc",
      "rpc.service": "greet",
      "rpc.method": "greet",
      "nrpc.shape": "unary",
      "rpc.response.status_code": "OK",
    };
    const { nodeId } = providers[0];
    expect(call?.name).toBe("greet");
    expect(call?.attributes).toEqual({
      ...common,
      "nrpc.provider": nodeId,
      "nrpc.moves": 0,
      "nrpc.retries": 0,
      "nrpc.hedges": 0,
    });
    expect(attempt?.attributes).toEqual({
      ...common,
      "nrpc.provider": nodeId,
      "nrpc.attempt.action": "first",
    });
    expect(handler?.attributes).toEqual({ ...common, "nrpc.caller": caller.nodeId });
    expect(caller.calls[0]?.traceparent).toContain(idOf(call));
    expect(providers[0].served[0]?.traceparent).toContain(idOf(handler));
  });

  test("show each attempt of a call that moved, and only where it ran", async () => {
    const { world, caller, providers, of } = await bench(2);
    world.sim.freeze(providers[0].node);
    const call = world.begin(caller, () => caller.client.callService(greet, "x", { retry: true }));
    expect(await world.sim.settle(call)).toBe("p1");
    await world.sim.runFor(20);
    const [whole] = of(INTERNAL);
    const attempts = of(CLIENT);
    expect(attempts.map(({ attributes }) => attributes)).toMatchObject([
      { "nrpc.attempt.action": "first", "error.type": "unavailable" },
      { "nrpc.attempt.action": "move", "rpc.response.status_code": "OK" },
    ]);
    expect(attempts.map(({ status }) => status.code)).toEqual([2, 0]);
    expect(attempts.map(parentOf)).toEqual([idOf(whole), idOf(whole)]);
    expect(whole?.attributes).toMatchObject({ "nrpc.moves": 1 });
    expect(whole?.status.code).toBe(otel.SpanStatusCode.UNSET);
    expect(of(SERVER).map(parentOf)).toEqual([idOf(attempts[1])]);
  });

  test("of streams last until they end", async () => {
    const { world, caller, spans, of } = await bench();
    const reader = caller.client.callService(count, 3)[Symbol.asyncIterator]();
    await world.act(caller, () => reader.next());
    await world.sim.runFor(50);
    expect([...of(INTERNAL), ...of(CLIENT)]).toEqual([]);
    await world.act(caller, async () => {
      while ((await reader.next()).done !== true);
    });
    expect(of(CLIENT).map(parentOf)).toEqual(of(INTERNAL).map(idOf));
    expect(of(CLIENT)).toHaveLength(1);
    expect(spans().every(({ ended }) => ended)).toBe(true);
  });

  test("of a reader that left end, at both ends", async () => {
    const { world, caller, of } = await bench();
    await world.act(caller, async () => {
      for await (const _ of caller.client.callService(count, 1_000_000)) break;
    });
    await world.sim.runFor(100);
    for (const kind of [INTERNAL, CLIENT, SERVER]) {
      expect(of(kind).map(({ attributes }) => attributes["error.type"])).toEqual(["cancelled"]);
    }
    // Nothing failed there.
    expect(of(SERVER)[0]?.status.code).toBe(otel.SpanStatusCode.UNSET);
  });

  test("of calls made inside a handler lie in that, with or without its context", async () => {
    const { world, caller, providers, of } = await bench(2);
    const [, inner] = providers;
    const { server, client } = providers[0];
    const nodeId = inner?.nodeId ?? someNode;
    server.serve(outer, async (_, context: CallContext) => {
      await client.callNode(nodeId, greet, "a", { parent: context });
      return await client.callNode(nodeId, greet, "b");
    });
    await world.connect(providers[0], ...(inner === undefined ? [] : [inner]));
    await world.act(caller, () => caller.client.callNode(providers[0].nodeId, outer, "x"));
    await world.sim.runFor(20);
    const handler = of(SERVER).find(({ name }) => name === "outer");
    const nested = of(INTERNAL).filter(({ name }) => name === "greet");
    expect(nested.map(parentOf)).toEqual([idOf(handler), idOf(handler)]);
  });

  test("lie in the active span of the caller, or in what it was given", async () => {
    const { world, caller, tracer, of } = await bench();
    await world.act(caller, () =>
      tracer.startActiveSpan("own", async (span) => {
        await caller.client.callService(greet, "x");
        span.end();
      }),
    );
    const traceparent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
    const given = { traceparent, tracestate: "vendor=1" };
    await world.act(caller, () => caller.client.callService(greet, "x", given));
    await world.sim.runFor(20);
    const own = of(INTERNAL).find(({ name }) => name === "own");
    const [first, second] = of(INTERNAL).filter(({ name }) => name === "greet");
    expect(parentOf(first)).toBe(idOf(own));
    expect(parentOf(second)).toBe("b7ad6b7169203331");
    const last = of(SERVER)[1]?.spanContext();
    expect(last?.traceId).toBe("0af7651916cd43dd8448eb211c80319c");
    expect(last?.traceState?.serialize()).toBe("vendor=1");
  });

  test.each([
    ["an error of its own", new ApplicationError("no", "x"), "application", "UNKNOWN"],
    ["anything else", new Error("x"), "internal", "INTERNAL"],
  ])("of a handler that throws %s have an error", async (_, error, kind, code) => {
    const { world, caller, providers, of } = await bench();
    const [{ server, nodeId }] = providers;
    server.serve(outer, () => Promise.reject(error));
    await world.try(caller, () => caller.client.callNode(nodeId, outer, "x"));
    for (const spanKind of [INTERNAL, CLIENT, SERVER]) {
      const [span] = of(spanKind);
      expect(span?.attributes).toMatchObject({
        "error.type": kind,
        "rpc.response.status_code": code,
      });
      expect(span?.status).toEqual({ code: otel.SpanStatusCode.ERROR, message: kind });
    }
  });
});

test("without an SDK, what was given passes through", async () => {
  const config = { tracer: createOpenTelemetryTracer(otel) };
  const world = new RpcWorld();
  const caller = world.start("caller", config);
  const provider = world.start("provider", config);
  const seen: unknown[] = [];
  provider.server.serve(greet, (_, { traceparent, tracestate }) => {
    seen.push([traceparent, tracestate]);
    return 0;
  });
  await world.connect(caller, provider);
  const traceparent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
  await world.act(caller, async () => {
    await caller.client.callService(greet, "x");
    await caller.client.callService(greet, "x", { traceparent, tracestate: "a=1" });
  });
  expect(seen).toEqual([
    [undefined, undefined],
    [traceparent, "a=1"],
  ]);
});

describe("measurements", () => {
  test("have the names, units and attributes of the conventions", async () => {
    const exporter = new InMemoryMetricExporter(AggregationTemporality.CUMULATIVE);
    const reader = new PeriodicExportingMetricReader({ exporter });
    const provider = new MeterProvider({ readers: [reader] });
    const bench = eventBench();
    const recording = recordOpenTelemetryMetrics(provider.getMeter("test"), bench);
    const attempt = { provider: someNode, startedAt: 0, durationMs: 1 };
    bench.calls.emit(
      callEvent({
        durationMs: 1_500,
        attempts: [
          { ...attempt, action: "first", outcome: "unavailable" },
          { ...attempt, action: "move", outcome: "ok" },
        ],
      }),
    );
    bench.calls.emit(callEvent({ outcome: "no-route" }));
    bench.served.emit(servedEvent({ outcome: "denied", isStarted: false, durationMs: 0 }));
    for (const service of ["guess-1", "guess-2"]) {
      bench.served.emit(servedEvent({ service, outcome: "not-found", isStarted: false }));
    }
    recording[Symbol.dispose]();
    bench.calls.emit(callEvent());
    await reader.forceFlush();
    const metrics = exporter
      .getMetrics()
      .flatMap(({ scopeMetrics }) => scopeMetrics)
      .flatMap((scope) => scope.metrics);
    await provider.shutdown();
    expect(
      metrics.map(({ descriptor: { name, unit }, dataPoints }) => ({
        name,
        unit,
        points: dataPoints.map(({ attributes, value }) => [
          Object.entries(attributes)
            .filter(([key]) => key !== "rpc.system.name")
            .map(([, text]) => text)
            .join(" "),
          typeof value === "number" ? value : [value.count, value.sum],
        ]),
      })),
    ).toEqual([
      {
        name: "rpc.client.call.duration",
        unit: "s",
        points: [
          ["greet OK", [1, 1.5]],
          ["greet no-route", [1, 0.003]],
        ],
      },
      {
        name: "rpc.server.call.duration",
        unit: "s",
        points: [
          ["greet PERMISSION_DENIED denied", [1, 0]],
          ["_OTHER NOT_FOUND not-found", [2, 0.006]],
        ],
      },
      {
        name: "nrpc.client.attempts",
        unit: "{attempt}",
        points: [
          ["greet unavailable first", 1],
          ["greet OK move", 1],
        ],
      },
    ]);
  });
});
