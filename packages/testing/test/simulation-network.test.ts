import { describe, expect, test } from "vitest";

import { createSimulation, type LinkConfig, type Simulation } from "../src/index.ts";
import { socket, text, type Socket } from "./helpers.ts";

interface Pair {
  readonly sim: Simulation;
  readonly a: Socket;
  readonly b: Socket;
}

function pair(link: LinkConfig = {}): Pair {
  const sim = createSimulation({ seed: 5, link });
  const [a, b] = [sim.node("a"), sim.node("b")];
  return { sim, a: socket(a), b: socket(b) };
}

/** Sends `count` numbered datagrams from a to b, one each millisecond. */
async function stream({ sim, a, b }: Pair, count: number): Promise<void> {
  for (let i = 0; i < count; i++) {
    a.send(String(i), b);
    await sim.runFor(1);
  }
  await sim.runFor(1000);
}

describe("a link", () => {
  test("takes its latency, each direction its own", async () => {
    const net = pair({ latencyMs: 20 });
    net.sim.network.link("b", "a", { latencyMs: 5 }, { oneWay: true });
    net.a.send("there", net.b);
    net.b.send("back", net.a);
    await net.sim.runFor(100);
    expect(net.b.times).toEqual([20]);
    expect(net.a.times).toEqual([5]);
  });

  test("keeps the order without jitter and not with it", async () => {
    const calm = pair();
    await stream(calm, 50);
    expect(calm.b.heard).toEqual(Array.from({ length: 50 }, (_, i) => String(i)));
    const jittery = pair({ jitterMs: 10 });
    await stream(jittery, 50);
    expect(jittery.b.heard.toSorted()).toEqual(calm.b.heard.toSorted());
    expect(jittery.b.heard).not.toEqual(calm.b.heard);
    expect(jittery.b.times.every((time, i) => time >= Number(jittery.b.heard[i]) + 1)).toBe(true);
  });

  test("loses and duplicates the given share", async () => {
    const net = pair({ lossRate: 0.2, duplicateRate: 0.5 });
    await stream(net, 1000);
    const distinct = new Set(net.b.heard).size;
    expect(distinct).toBeGreaterThan(750);
    expect(distinct).toBeLessThan(850);
    expect(net.b.heard.length / distinct).toBeCloseTo(1.5, 1);
    expect(net.sim.stats()).toMatchObject({ sent: 1000, dropped: { loss: 1000 - distinct } });
  });

  test("holds back a share of datagrams so that later ones overtake them", async () => {
    const net = pair({ reorderRate: 0.1, reorderMs: 5 });
    await stream(net, 200);
    const late = net.b.heard.filter((content, i) => Number(content) < Number(net.b.heard[i - 1]));
    expect(late.length).toBeGreaterThan(10);
    expect(late.length).toBeLessThan(40);
  });

  test("swallows what is larger than its MTU", async () => {
    const net = pair({ mtuBytes: 10 });
    expect(net.a.send("x".repeat(11), net.b)).toBe(true);
    net.a.send("x".repeat(10), net.b);
    await net.sim.runFor(10);
    expect(net.b.heard).toEqual(["x".repeat(10)]);
    expect(net.sim.stats().dropped.mtu).toBe(1);
  });

  test("has an MTU of its own, which can change in each direction", async () => {
    const net = pair();
    const big = "x".repeat(1_400);
    net.sim.network.link("a", "b", { mtuBytes: 1_280 }, { oneWay: true });
    net.a.send(big, net.b);
    net.b.send(big, net.a);
    await net.sim.runFor(10);
    expect([net.b.heard.length, net.a.heard.length]).toEqual([0, 1]);
    net.sim.network.link("a", "b", {}, { oneWay: true });
    net.a.send(big, net.b);
    await net.sim.runFor(10);
    expect(net.b.heard).toEqual([big]);
  });

  test("passes no more than its bandwidth and queues no more than 200 ms of it", async () => {
    // 1,000 bytes with headers take 10 ms at 800 kbit/s.
    const net = pair({ bandwidthBps: 800_000, latencyMs: 1 });
    for (let i = 0; i < 40; i++) net.a.send("x".repeat(972), net.b);
    await net.sim.runFor(1000);
    expect(net.b.times.slice(0, 3)).toEqual([11, 21, 31]);
    expect(net.b.heard).toHaveLength(21);
    expect(net.sim.stats().dropped.queue).toBe(19);
  });

  test("draws nothing from the random numbers of another link", async () => {
    const alone = pair({ lossRate: 0.5 });
    await stream(alone, 50);
    const busy = pair({ lossRate: 0.5 });
    const c = socket(busy.sim.node("c"));
    c.send("noise", busy.b);
    c.send("noise", busy.a);
    await stream(busy, 50);
    expect(busy.b.heard.filter((content) => content !== "noise")).toEqual(alone.b.heard);
  });
});

describe("a partition", () => {
  test("stops one direction, both, or all of a node, until it heals", async () => {
    const net = pair();
    const { sim, a, b } = net;
    const both = async (): Promise<[number, number]> => {
      a.heard.length = 0;
      b.heard.length = 0;
      a.send("x", b);
      b.send("y", a);
      await sim.runFor(10);
      return [b.heard.length, a.heard.length];
    };
    sim.network.partition("a", "b", { oneWay: true });
    expect(await both()).toEqual([0, 1]);
    sim.network.partition("a", "b");
    expect(await both()).toEqual([0, 0]);
    sim.network.heal("a", "b");
    expect(await both()).toEqual([1, 1]);
    sim.network.isolate("b");
    expect(await both()).toEqual([0, 0]);
    sim.network.heal("b");
    expect(await both()).toEqual([1, 1]);
    sim.network.partition("a", "b");
    sim.network.heal();
    expect(await both()).toEqual([1, 1]);
    expect(sim.stats().dropped.partition).toBe(5);
  });

  test("heals in one direction alone when asked to", async () => {
    const { sim, a, b } = pair();
    sim.network.partition("a", "b");
    sim.network.heal("a", "b", { oneWay: true });
    a.send("there", b);
    b.send("back", a);
    await sim.runFor(10);
    expect([b.heard, a.heard]).toEqual([["there"], []]);
  });

  test("separates groups", async () => {
    const sim = createSimulation({ seed: 1 });
    const sockets = ["a", "b", "c"].map((name) => socket(sim.node(name)));
    sim.network.partition(["a", "b"], ["c"]);
    for (const from of sockets) for (const to of sockets) from.send("x", to);
    await sim.runFor(10);
    expect(sockets.map(({ heard }) => heard.length)).toEqual([2, 2, 1]);
  });
});

describe("addresses", () => {
  test("a rebound node is reached and seen at its new address only", async () => {
    const { sim, a, b } = pair();
    const sources: string[] = [];
    const server = socket(sim.node("server"), (_, from) => sources.push(from));
    a.send("1", server);
    await sim.runFor(10);
    sim.network.rebind("a");
    a.send("2", server);
    await sim.runFor(10);
    expect(sources[0]).toBe(a.address);
    expect(sources[1]).not.toBe(a.address);
    b.send("to the old one", a);
    b.send("to the new one", { address: sources[1] ?? "" });
    await sim.runFor(10);
    expect(a.heard).toEqual(["to the new one"]);
    expect(sim.stats().dropped["no-receiver"]).toBe(1);
  });

  test("a rebound node keeps what its own sockets are bound to, and a port that is taken", async () => {
    const sim = createSimulation({ seed: 1 });
    const inside = sim.node("inside");
    const first = inside.bind({ port: 7_000 });
    sim.network.rebind(inside);
    expect(first.address).toBe("10.0.0.1:7000");
    expect(inside.bind({ port: 7_001 }).address).toBe("10.0.0.1:7001");
    expect(() => inside.bind({ port: 7_000 })).toThrow("taken");
    expect(sim.restart(inside).bind({ port: 7_000 }).address).toBe("10.0.0.1:7000");
    expect(await socket(sim.node("b")).driver.resolve?.("inside:7000")).toBe("10.0.0.2:7000");
  });

  test("node names resolve to the present address", async () => {
    const { sim, a } = pair();
    expect(await a.driver.resolve?.("b:7000")).toBe("10.0.0.2:7000");
    sim.network.rebind("b");
    expect(await a.driver.resolve?.("b:7000")).toBe("10.0.0.3:7000");
  });

  test("probes see a dead port of a reachable machine and nothing else", async () => {
    const { sim, a, b } = pair({ latencyMs: 4 });
    const probe = async (address: string): Promise<string> => {
      const started = sim.now;
      const asked: Promise<string> = a.driver.probe?.(address) ?? Promise.resolve("no probe");
      const answer = await sim.settle(asked);
      return `${answer} after ${sim.now - started}`;
    };
    expect(await probe(b.address)).toBe("unknown after 100");
    expect(await probe("10.0.0.2:9")).toBe("refused after 8");
    expect(await probe("10.0.0.77:9")).toBe("unknown after 100");
    sim.freeze("b");
    expect(await probe(b.address)).toBe("unknown after 100");
    sim.kill("b");
    expect(await probe(b.address)).toBe("refused after 8");
    sim.network.partition("b", "a", { oneWay: true });
    expect(await probe(b.address)).toBe("unknown after 100");
  });
});

describe("tools of a scenario", () => {
  test("a tap sees every datagram and can drop it", async () => {
    const { sim, a, b } = pair();
    const seen: string[] = [];
    const tap = sim.network.tap(({ from, to, datagram }) => {
      seen.push(`${from} ${to} ${datagram.length}`);
      return datagram.length === 3 ? "drop" : undefined;
    });
    a.send("four", b);
    a.send("two", b);
    b.send("x", { address: "10.9.9.9:1" });
    await sim.runFor(10);
    tap[Symbol.dispose]();
    a.send("two", b);
    await sim.runFor(10);
    expect(seen).toEqual(["a b 4", "a b 3", "b undefined 1"]);
    expect(b.heard).toEqual(["four", "two"]);
    expect(sim.stats().dropped.tap).toBe(1);
  });

  test("an injected datagram arrives with a forged source and leaves its bytes alone", async () => {
    const { sim, b } = pair();
    const sources: string[] = [];
    const to = socket(sim.node("c"), (_, from) => sources.push(from));
    const forged = text("forged");
    sim.network.inject(forged, { from: b.address, to: to.address, delayMs: 3 });
    await sim.runFor(2);
    expect(to.heard).toEqual([]);
    await sim.runFor(1);
    expect([to.heard, sources]).toEqual([["forged"], [b.address]]);
    expect(forged).toEqual(text("forged"));
  });
});
