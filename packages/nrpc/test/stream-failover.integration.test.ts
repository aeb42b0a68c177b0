import { describe, expect, test } from "vitest";

import { DEFAULT_REPLAY_BUFFER_BYTES, defineService, type ServiceContract } from "../src/index.ts";
import { RpcWorld, type RpcNode } from "./rpc-world.ts";

const count = defineService({ name: "count", shape: "server-stream", idempotent: true });
const gather = defineService({ name: "gather", shape: "client-stream", idempotent: true });
const echo = defineService({ name: "echo", shape: "bidirectional", idempotent: true });

interface Bench {
  readonly world: RpcWorld;
  readonly caller: RpcNode;
  readonly primary: RpcNode;
  readonly standby: RpcNode;
  /** How many calls of each node's handlers were begun. */
  readonly begun: Record<string, number>;
}

/** A caller with two providers; the first is used while it is well. */
async function bench(): Promise<Bench> {
  const world = new RpcWorld();
  const caller = world.start("caller");
  const [primary, standby] = [world.start("primary"), world.start("standby")];
  const begun: Record<string, number> = { primary: 0, standby: 0 };
  for (const [priority, node] of [primary, standby].entries()) {
    const { server, name } = node;
    const pause = (ms: number): Promise<void> => node.node.clock.sleep(ms);
    await world.act(node, () => {
      server.serve(
        count,
        async function* () {
          begun[name] = (begun[name] ?? 0) + 1;
          await pause(100);
          for (let i = 1; i <= 3; i++) {
            yield `${name} ${i}`;
            await pause(300);
          }
        },
        { priority },
      );
      server.serve(
        gather,
        async (requests) => {
          begun[name] = (begun[name] ?? 0) + 1;
          const all: unknown[] = [];
          for await (const request of requests) all.push(request);
          await pause(100);
          return [name, all.length];
        },
        { priority },
      );
      server.serve(
        echo,
        async function* (requests) {
          for await (const request of requests) yield `${name} ${String(request)}`;
        },
        { priority },
      );
    });
  }
  await world.connect(caller, primary, standby);
  await world.sim.runUntil(() => caller.index.find({ tags: ["nrpc:echo"] }).length === 2);
  return { world, caller, primary, standby, begun };
}

/** Reads to the end; what was read, and what ended it. */
async function read(
  responses: AsyncIterable<unknown>,
): Promise<{ readonly got: unknown[]; readonly error?: unknown }> {
  const got: unknown[] = [];
  try {
    for await (const response of responses) got.push(response);
  } catch (error) {
    return { got, error };
  }
  return { got };
}

const faults: readonly [string, (bench: Bench) => void][] = [
  ["killed", ({ world, primary }) => world.sim.kill(primary.node)],
  ["frozen", ({ world, primary }) => world.sim.freeze(primary.node)],
  ["cut off", ({ world, primary }) => world.sim.network.isolate(primary.node)],
];

describe.each(faults)("when the provider is %s", (_, strike) => {
  test("before its first response, a response stream comes from the standby", async () => {
    const all = await bench();
    const { world, caller } = all;
    const reading = world.sim.run(caller.node, () =>
      read(caller.client.callService(count, null, { retry: true })),
    );
    await world.sim.runFor(50);
    strike(all);
    const { got, error } = await world.sim.settle(reading);
    expect([got, error]).toEqual([["standby 1", "standby 2", "standby 3"], undefined]);
    expect(all.begun).toEqual({ primary: 1, standby: 1 });
    expect(caller.calls).toMatchObject([{ outcome: "ok", moves: 1, retries: 0 }]);
  });

  test("after its first response, the stream fails, once and truthfully", async () => {
    const all = await bench();
    const { world, caller, primary } = all;
    const options = { retry: true, deadlineMs: 20_000 };
    const reading = world.sim.run(caller.node, () =>
      read(caller.client.callService(count, null, options)),
    );
    await world.sim.runFor(250);
    strike(all);
    const { got, error } = await world.sim.settle(reading);
    expect(got).toEqual(["primary 1"]);
    expect(error).toMatchObject({ delivered: "maybe", provider: primary.nodeId });
    expect(all.begun).toEqual({ primary: 1, standby: 0 });
  });

  test("while requests come, the standby hears them all from the beginning", async () => {
    const all = await bench();
    const { world, caller } = all;
    async function* requests(): AsyncGenerator<number> {
      for (let i = 0; i < 20; i++) {
        yield i;
        await caller.node.clock.sleep(20);
      }
    }
    const call = world.sim.run(caller.node, () =>
      caller.client.callService(gather, requests(), { retry: true }),
    );
    await world.sim.runFor(200);
    strike(all);
    expect(await world.sim.settle(call)).toEqual(["standby", 20]);
  });
});

test("beyond what is kept of its requests, a call stays where it is and fails with it", async () => {
  const { world, caller, primary, begun } = await bench();
  const chunk = "x".repeat(DEFAULT_REPLAY_BUFFER_BYTES / 16);
  async function* requests(): AsyncGenerator<string> {
    for (let i = 0; i < 40; i++) {
      yield chunk;
      await caller.node.clock.sleep(10);
    }
  }
  const call = world.begin(caller, () =>
    caller.client.callService(gather, requests(), { retry: true, deadlineMs: 20_000 }),
  );
  await world.sim.runFor(300);
  world.sim.kill(primary.node);
  expect(await world.sim.settle(call)).toMatchObject({
    kind: "unavailable",
    delivered: "maybe",
    provider: primary.nodeId,
  });
  expect(begun).toEqual({ primary: 1, standby: 0 });
});

test("a request that comes while its call moves, and is more than is kept, costs no other", async () => {
  const { world, caller, primary } = await bench();
  const { clock } = caller.node;
  let goOn = (): void => {};
  const left = new Promise<void>((resolve) => (goOn = resolve));
  // Within the time over which moving calls spread.
  caller.transport.onPeer(({ type }) => {
    if (type === "unresponsive") void clock.sleep(0).then(goOn);
  });
  async function* requests(): AsyncGenerator<string> {
    yield* ["a", "b"];
    await left;
    yield "x".repeat(DEFAULT_REPLAY_BUFFER_BYTES);
    yield "c";
  }
  const call = world.begin(caller, () =>
    caller.client.callService(gather, requests(), { retry: true, deadlineMs: 20_000 }),
  );
  await world.sim.runFor(300);
  world.sim.kill(primary.node);
  expect(await world.sim.settle(call)).toEqual(["standby", 4]);
});

test("what a provider certainly did not start moves on, of all shapes and without retry", async () => {
  const { world, caller, primary } = await bench();
  await world.act(primary, () => void primary.server.close());
  const { client } = caller;
  const first = await world.act(caller, () => read(client.callService(count, null)));
  expect(first.got[0]).toBe("standby 1");
  expect(await world.act(caller, () => client.callService(gather, [1, 2]))).toEqual(["standby", 2]);
  const talk = await world.act(caller, () => read(client.callService(echo, ["a", "b"])));
  expect(talk.got).toEqual(["standby a", "standby b"]);
});

test("a race of response streams is won by the first to begin, and the other is cancelled", async () => {
  const { world, caller, primary, standby, begun } = await bench();
  const { got } = await world.act(caller, () =>
    read(caller.client.callService(count, null, { hedge: { delayMs: 10 }, retry: true })),
  );
  expect(got).toEqual(["primary 1", "primary 2", "primary 3"]);
  expect(begun).toEqual({ primary: 1, standby: 1 });
  await world.sim.runFor(2_000);
  expect([primary, standby].map(({ server }) => server.inFlight)).toEqual([0, 0]);
  const { sessions, streams } = caller.transport.stats();
  expect(streams).toBe(sessions);
});

test("calls with a request stream are not raced: each request may be said to one only", async () => {
  const { world, caller, begun } = await bench();
  const contract: ServiceContract = gather as never;
  const answer = await world.act(caller, () =>
    caller.client.callService(contract, [1, 2, 3] as never, { hedge: { delayMs: 1 }, retry: true }),
  );
  expect(answer).toEqual(["primary", 3]);
  expect(begun).toEqual({ primary: 1, standby: 0 });
});
