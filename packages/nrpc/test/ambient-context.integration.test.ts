import { describe, expect, test } from "vitest";

import {
  type CallContext,
  type CallOptions,
  type CallShape,
  createAmbientContext,
  defineService,
} from "../src/index.ts";
import { RpcWorld, type RpcNode, type RpcNodeConfig } from "./rpc-world.ts";

const TRACE = "0af7651916cd43dd8448eb211c80319c";
const TRACEPARENT = `00-${TRACE}-b7ad6b7169203331-01`;
const shapes: readonly CallShape[] = ["unary", "server-stream", "client-stream", "bidirectional"];

/** A caller, a node in the middle whose handler calls on, and one at the end that takes for ever. */
async function chain(
  shape: CallShape,
  config: RpcNodeConfig = { ambient: createAmbientContext() },
  nested: CallOptions = {},
): Promise<{
  readonly world: RpcWorld;
  readonly caller: RpcNode;
  /** What the handler at the end saw. */
  readonly seen: { context: CallContext; remainingMs: number }[];
  readonly aborts: unknown[];
  /** Calls the middle, in its shape. */
  readonly call: (options: CallOptions) => Promise<unknown>;
}> {
  const world = new RpcWorld();
  const [end, middle, caller] = [
    world.start("end"),
    world.start("middle", config),
    world.start("caller"),
  ];
  await world.connect(middle, end);
  await world.connect(caller, middle);
  const seen: { context: CallContext; remainingMs: number }[] = [];
  const aborts: unknown[] = [];
  end.server.serve("end", async (_, context) => {
    seen.push({ context, remainingMs: context.remainingMs() });
    context.signal.addEventListener("abort", () => aborts.push(context.signal.reason));
    await end.node.clock.sleep(60_000, { signal: context.signal });
  });
  const contract = defineService({ name: "middle", shape });
  middle.server.serve(contract, handlerOf(shape, middle, end, nested) as never);
  const given = shape === "unary" || shape === "server-stream" ? 1 : [1, 2];
  const call = (options: CallOptions): Promise<unknown> =>
    world.begin(caller, async () => {
      const answer: unknown = caller.client.callNode(
        middle.nodeId,
        contract,
        given as never,
        options,
      );
      if (answer instanceof Promise) return await answer;
      for await (const _ of answer as AsyncIterable<unknown>);
      return undefined;
    });
  return { world, caller, seen, aborts, call };
}

/** Waits, reads what there is to read, and then calls the end without a word of its own call. */
function handlerOf(shape: CallShape, middle: RpcNode, end: RpcNode, nested: CallOptions) {
  const callOn = async (requests: unknown): Promise<unknown> => {
    if (typeof requests === "object") for await (const _ of requests as AsyncIterable<unknown>);
    await middle.node.clock.sleep(100);
    return await middle.client.callNode(end.nodeId, "end", 0, nested);
  };
  if (shape === "unary" || shape === "client-stream") return callOn;
  return async function* (requests: unknown) {
    yield "first";
    yield await callOn(requests);
  };
}

describe.each(shapes)("a call made in the handler of a %s call", (shape) => {
  test("has no more time than that, and belongs to its trace", async () => {
    const { world, call, seen } = await chain(shape);
    const failed = call({ deadlineMs: 1_000, traceparent: TRACEPARENT, tracestate: "a=b" });
    await world.sim.runFor(500);
    expect(seen).toHaveLength(1);
    expect(seen[0]?.remainingMs).toBeGreaterThan(800);
    expect(seen[0]?.remainingMs).toBeLessThanOrEqual(900);
    expect(seen[0]?.context.traceparent).toMatch(new RegExp(`^00-${TRACE}-[0-9a-f]{16}-01$`));
    expect(seen[0]?.context.traceparent).not.toBe(TRACEPARENT);
    expect(seen[0]?.context.tracestate).toBe("a=b");
    expect(await world.sim.settle(failed)).toMatchObject({ kind: "timeout" });
  });

  test("ends when that is taken back", async () => {
    const { world, call, aborts } = await chain(shape);
    const giveUp = new AbortController();
    const failed = call({ signal: giveUp.signal });
    await world.sim.runFor(300);
    giveUp.abort("enough");
    expect(await world.sim.settle(failed)).toBe("enough");
    await world.sim.runFor(50);
    expect(aborts).toMatchObject([{ kind: "cancelled" }]);
  });

  test.each<[string, RpcNodeConfig, CallOptions]>([
    ["without an ambient context", {}, {}],
    ["that is to outlive it", { ambient: createAmbientContext() }, { parent: null }],
  ])("%s is on its own", async (_, config, nested) => {
    const { world, call, seen, aborts } = await chain(shape, config, nested);
    const giveUp = new AbortController();
    const options = { deadlineMs: 1_000, traceparent: TRACEPARENT, signal: giveUp.signal };
    void call(options);
    await world.sim.runFor(300);
    giveUp.abort("enough");
    await world.sim.runFor(300);
    expect(seen).toMatchObject([{ context: { traceparent: undefined } }]);
    expect(seen[0]?.remainingMs).toBeGreaterThan(29_000);
    expect(aborts).toEqual([]);
  });
});

test("calls that run side by side do not see each other", async () => {
  const ambient = createAmbientContext();
  const world = new RpcWorld();
  const [provider, caller] = [world.start("provider", { ambient }), world.start("caller")];
  await world.connect(caller, provider);
  provider.server.serve("who", async (ms) => {
    const before = ambient.getStore();
    await provider.node.clock.sleep(Number(ms));
    const after = ambient.getStore();
    return [
      before === after,
      ambient.exit(() => ambient.getStore()) === undefined,
      after?.metadata.get("n"),
    ];
  });
  const call = (n: number): Promise<unknown> =>
    caller.client.callNode(provider.nodeId, "who", 50 - n, { metadata: { n: String(n) } });
  const answers = await world.act(caller, () => Promise.all([1, 2, 3].map(call)));
  expect(answers).toEqual([1, 2, 3].map((n) => [true, true, String(n)]));
  expect(ambient.getStore()).toBeUndefined();
});
