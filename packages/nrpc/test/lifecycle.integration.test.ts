import { getEventListeners } from "node:events";

import { silentLogger } from "@selvage/core";
import { describe, expect, test } from "vitest";

import { type CallContext, defineService, RpcError } from "../src/index.ts";
import { type RpcNode, type RpcNodeConfig, RpcWorld } from "./rpc-world.ts";
import { schema } from "./schemas.ts";

/** A provider whose one service waits as long as it is told, and what its handlers saw. */
async function bench(config: RpcNodeConfig = {}): Promise<{
  readonly world: RpcWorld;
  readonly caller: RpcNode;
  readonly provider: RpcNode;
  readonly aborts: { readonly at: number; readonly reason: unknown }[];
  readonly started: () => number;
}> {
  const world = new RpcWorld();
  const [provider, caller] = [world.start("provider", config), world.start("caller")];
  const aborts: { at: number; reason: unknown }[] = [];
  let started = 0;
  await world.act(provider, () =>
    provider.server.serve("wait", async (ms, { signal }: CallContext) => {
      started++;
      signal.addEventListener("abort", () =>
        aborts.push({ at: world.sim.now, reason: signal.reason }),
      );
      await provider.node.clock.sleep(Number(ms), { signal });
      return "waited";
    }),
  );
  await world.connect(caller, provider);
  return { world, caller, provider, aborts, started: () => started };
}

describe("cancelling a call", () => {
  test("rejects it with the signal's reason and aborts the handler", async () => {
    const { world, caller, provider, aborts } = await bench();
    const streams = (): number[] =>
      [caller, provider].map(({ transport }) => transport.stats().streams);
    const before = streams();
    const giveUp = new AbortController();
    const call = world.begin(caller, () =>
      caller.client.callService("wait", 60_000, { signal: giveUp.signal }),
    );
    await world.sim.runFor(50);
    expect(provider.server.inFlight).toBe(1);
    const at = world.sim.now;
    const reason = new Error("changed my mind");
    await world.act(caller, () => giveUp.abort(reason));
    expect(await call).toBe(reason);
    await world.sim.runFor(10);
    expect(aborts).toMatchObject([{ reason: { kind: "cancelled", cause: { code: 1 } } }]);
    expect(aborts.at(0)!.at - at).toBeLessThan(5);
    expect(provider.server.inFlight).toBe(0);
    expect(caller.calls).toMatchObject([{ outcome: "cancelled" }]);
    await world.sim.runFor(100);
    expect(streams()).toEqual(before);
  });

  test("by a signal that aborted before sends nothing", async () => {
    const { world, caller, started } = await bench();
    const before = caller.transport.stats().datagramsSent;
    const signal = AbortSignal.abort("too late");
    for (const call of [
      () => caller.client.callService("wait", 0, { signal }),
      () => caller.client.callNode(caller.nodeId, "wait", 0, { signal }),
    ]) {
      expect(await world.try(caller, call)).toBe("too late");
    }
    expect([started(), caller.transport.stats().datagramsSent]).toEqual([0, before]);
  });

  test("in the same turn as it was made starts no handler", async () => {
    const { world, caller, started } = await bench();
    const giveUp = new AbortController();
    const call = world.begin(caller, () => {
      const made = caller.client.callService("wait", 0, { signal: giveUp.signal });
      giveUp.abort("never mind");
      return made;
    });
    expect(await world.sim.settle(call)).toBe("never mind");
    await world.sim.runFor(500);
    expect(started()).toBe(0);
  });

  test("ends a wait for a provider, too", async () => {
    const { world, caller } = await bench();
    const giveUp = new AbortController();
    const { signal } = giveUp;
    const call = world.begin(caller, () =>
      caller.client.callService("nobody", 0, { signal, retry: true }),
    );
    await world.sim.runFor(1_000);
    giveUp.abort("waited enough");
    expect(await world.sim.settle(call)).toBe("waited enough");
  });

  test("leaves no listener on the caller's signal, nor a timer", async () => {
    const { world, caller } = await bench();
    const { signal } = new AbortController();
    await world.act(caller, () => caller.client.callService("wait", 1, { signal }));
    await world.try(caller, () =>
      caller.client.callService("nobody", 1, { signal, retry: true, deadlineMs: 300 }),
    );
    await world.try(caller, () => caller.client.callService("wait", 99, { signal, deadlineMs: 9 }));
    expect(getEventListeners(signal, "abort")).toEqual([]);
    await world.act(caller, () => caller.close());
    expect(caller.node.pendingTimers).toBe(0);
  });
});

describe("the deadline of a call", () => {
  test("ends it on time at both ends", async () => {
    const { world, caller, provider, aborts } = await bench();
    const before = world.sim.now;
    const error = await world.try(caller, () =>
      caller.client.callService("wait", 60_000, { deadlineMs: 200 }),
    );
    expect(error).toMatchObject({ kind: "timeout", delivered: "maybe", retryable: true });
    expect(world.sim.now - before).toBeCloseTo(200, 0);
    await world.sim.runFor(10);
    expect(provider.server.inFlight).toBe(0);
    expect(aborts.at(0)!.at - before).toBeGreaterThan(195);
    expect(aborts.at(0)!.at - before).toBeLessThan(210);
  });

  test("aborts the handler although the caller's word does not arrive", async () => {
    const { world, caller, provider, aborts } = await bench();
    const before = world.sim.now;
    const call = world.begin(caller, () =>
      caller.client.callService("wait", 60_000, { deadlineMs: 200 }),
    );
    await world.sim.runFor(50);
    world.sim.network.partition(caller.node, provider.node);
    expect(await world.sim.settle(call)).toMatchObject({ kind: "timeout", delivered: "maybe" });
    await world.sim.runFor(20);
    expect(aborts).toMatchObject([{ reason: { kind: "timeout" } }]);
    expect(aborts.at(0)!.reason).toBeInstanceOf(RpcError);
    expect(aborts.at(0)!.at - before).toBeLessThan(210);
  });

  test.each([true, false])(
    "starts nothing once it passed, or the call was left, while a request was validated",
    async (isLeft) => {
      const { world, caller, provider } = await bench();
      let started = 0;
      const slow = schema<unknown>(async (value) => {
        await provider.node.clock.sleep(500);
        return { value };
      });
      const contract = defineService({ name: "slow", input: slow });
      await world.act(provider, () => provider.server.serve(contract, () => ++started));
      const giveUp = new AbortController();
      const options = isLeft ? { signal: giveUp.signal } : { deadlineMs: 100 };
      const call = world.begin(caller, () =>
        caller.client.callNode(provider.nodeId, "slow", 0, options),
      );
      await world.sim.runFor(50);
      if (isLeft) giveUp.abort("enough");
      await world.sim.settle(call);
      await world.sim.runFor(1_000);
      expect([started, provider.server.inFlight]).toEqual([0, 0]);
      expect(
        await world.act(caller, () => caller.client.callNode(provider.nodeId, "slow", 0)),
      ).toBe(1);
    },
  );

  test("costs no timer once the handler has ended, whoever asks for its signal then", async () => {
    const { world, caller, provider } = await bench();
    const contexts: CallContext[] = [];
    await world.act(provider, () =>
      provider.server.serve("keep", (_, context) => void contexts.push(context)),
    );
    await world.act(caller, () =>
      caller.client.callNode(provider.nodeId, "keep", 0, { deadlineMs: 1e9 }),
    );
    await world.sim.runFor(100);
    const before = provider.node.pendingTimers;
    expect(contexts.map(({ signal }) => signal.aborted)).toEqual([false]);
    expect(provider.node.pendingTimers).toBe(before);
  });

  test("counts the time that it took to find and reach a provider", async () => {
    const { world, caller, provider } = await bench();
    const remaining: number[] = [];
    await world.act(caller, async () => {
      const call = caller.client.callService("later", 0, { deadlineMs: 2_000, retry: true });
      await caller.node.clock.sleep(900);
      provider.server.serve("later", (_, context: CallContext) =>
        remaining.push(context.remainingMs()),
      );
      await call;
    });
    expect(remaining[0]).toBeLessThan(1_100);
    expect(remaining[0]).toBeGreaterThan(1_000);
  });

  test("is 30 seconds unless said otherwise", async () => {
    const { world, caller } = await bench();
    const before = world.sim.now;
    const error = await world.try(caller, () => caller.client.callService("wait", 60_000));
    expect(error).toMatchObject({ kind: "timeout" });
    expect(world.sim.now - before).toBeCloseTo(30_000, 0);
  });

  test("may be none: the call waits for as long as its provider lives", async () => {
    const { world, caller } = await bench();
    const deadlineMs = Number.POSITIVE_INFINITY;
    expect(
      await world.act(
        caller,
        () => caller.client.callService("wait", 100_000, { deadlineMs }),
        2e5,
      ),
    ).toBe("waited");
  });

  test("of a call to a node that nobody can reach is what it waits, no longer", async () => {
    const { world, caller, provider } = await bench();
    world.sim.kill(provider.node);
    await world.sim.runFor(70_000);
    const before = world.sim.now;
    const error = await world.try(caller, () =>
      caller.client.callNode(provider.nodeId, "wait", 0, { deadlineMs: 1_000 }),
    );
    expect(error).toMatchObject({ kind: "timeout", delivered: "never", provider: provider.nodeId });
    expect(world.sim.now - before).toBeCloseTo(1_000, 0);
  });

  test("of a call to an unknown node is not waited for", async () => {
    const { world, caller } = await bench();
    const stranger = new RpcWorld().start("stranger").nodeId;
    const before = world.sim.now;
    const error = await world.try(caller, () => caller.client.callNode(stranger, "wait", 0));
    expect(error).toMatchObject({ kind: "no-route", delivered: "never", provider: stranger });
    expect(world.sim.now).toBe(before);
  });
});

describe("withdrawing a service", () => {
  test("lets running calls finish and refuses new ones", async () => {
    const { world, caller, provider } = await bench();
    const handle = provider.server.serve("other", async () => {
      await provider.node.clock.sleep(500);
      return "finished";
    });
    await world.sim.runFor(1_500);
    const running = world.begin(caller, () => caller.client.callService("other", 0));
    await world.sim.runFor(50);
    expect(handle.inFlight).toBe(1);
    const closed = world.begin(provider, () => handle.close());
    await world.sim.runFor(10);
    const error = await world.try(caller, () =>
      caller.client.callNode(provider.nodeId, "other", 0),
    );
    expect(error).toMatchObject({ kind: "draining", delivered: "never", retryable: true });
    expect(await world.sim.settle(running)).toBe("finished");
    await world.sim.settle(closed);
    expect(handle.inFlight).toBe(0);
    await world.sim.runFor(1_500);
    expect(await world.try(caller, () => caller.client.callService("other", 0))).toMatchObject({
      kind: "no-route",
    });
    expect(await world.act(caller, () => caller.client.callService("wait", 1))).toBe("waited");
  });

  test("is over at once when nothing runs", async () => {
    const { world, provider } = await bench();
    const handle = provider.server.serve("idle", () => 1);
    const before = world.sim.now;
    await world.act(provider, () => handle[Symbol.asyncDispose]());
    expect(world.sim.now).toBe(before);
  });
});

describe("a provider that leaves", () => {
  test("finishes what it runs, refuses what comes, and is gone", async () => {
    const { world, caller, provider, aborts } = await bench();
    const running = world.begin(caller, () => caller.client.callService("wait", 800));
    await world.sim.runFor(50);
    const closed = world.begin(provider, () => provider.close());
    await world.sim.runFor(100);
    const late = await world.try(caller, () => caller.client.callNode(provider.nodeId, "wait", 0));
    expect(late).toMatchObject({ kind: "draining", delivered: "never" });
    expect(await world.sim.settle(running)).toBe("waited");
    await world.sim.settle(closed);
    expect(aborts).toEqual([]);
    await world.sim.runFor(100);
    const after = await world.try(caller, () =>
      caller.client.callNode(provider.nodeId, "wait", 0, { deadlineMs: 1_000 }),
    );
    expect(after).toMatchObject({ kind: "no-route", delivered: "never" });
    expect(provider.node.pendingTimers).toBe(0);
  });

  test("fails what does not finish in time as unavailable, maybe delivered", async () => {
    const { world, caller, provider, aborts } = await bench({ limits: { drainMs: 200 } });
    const running = world.begin(caller, () => caller.client.callService("wait", 60_000));
    await world.sim.runFor(50);
    await world.act(provider, () => provider.close());
    expect(await world.sim.settle(running)).toMatchObject({
      kind: "unavailable",
      delivered: "maybe",
    });
    expect(aborts).toHaveLength(1);
  });
});

test("a caller that is lost aborts the handlers that work for it", async () => {
  const { world, caller, provider, aborts } = await bench();
  void world.begin(caller, () => caller.client.callService("wait", 60_000)).catch(() => {});
  await world.sim.runFor(50);
  world.sim.kill(caller.node);
  await world.sim.runFor(12_000);
  expect(aborts).toMatchObject([
    { reason: { kind: "unavailable", cause: { kind: "peer-failed" } } },
  ]);
  expect(provider.server.inFlight).toBe(0);
});

test("a caller that leaves is no fault of the handler, and not logged as one", async () => {
  const warnings: unknown[] = [];
  const warn = (text: string, fields: unknown): void => void warnings.push(text, fields);
  const { world, caller, provider } = await bench({ logger: { ...silentLogger, warn } });
  const echo = defineService({ name: "echo", shape: "bidirectional" });
  const count = defineService({ name: "count", shape: "server-stream" });
  await world.act(provider, () => {
    provider.server.serve(echo, async function* (requests) {
      for await (const request of requests) yield request;
    });
    provider.server.serve(count, function* () {
      for (let n = 0; n < 1e6; n++) yield n;
    });
  });
  async function* requests(): AsyncGenerator<number> {
    for (let n = 0; ; n++) {
      yield n;
      await caller.node.clock.sleep(10);
    }
  }
  await world.act(caller, async () => {
    for await (const _ of caller.client.callNode(provider.nodeId, echo, requests())) break;
    for await (const _ of caller.client.callNode(provider.nodeId, count, 0)) break;
  });
  await world.sim.runFor(500);
  expect(warnings).toEqual([]);
  expect(provider.served).toMatchObject([{ outcome: "cancelled" }, { outcome: "cancelled" }]);
});
