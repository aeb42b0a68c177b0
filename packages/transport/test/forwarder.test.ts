import { describe, expect, test } from "vitest";

import { type BenchNode, RelayBench, row, word } from "./relay-bench.ts";

test("a packet that runs in a ring of outdated routes ends by its hop limit", async () => {
  const { bench, nodes } = await row("abcd");
  const { a, b, c, d } = nodes;
  bench.link(a, c);
  bench.unlink(c, d);
  await bench.settle();
  // Each of three believes that the next one reaches the lost node.
  for (const [one, next] of [
    [a, b],
    [b, c],
    [c, a],
  ] as const) {
    one.relays.onRoute(one.with(next), word(1_000, d, next));
  }
  const source = bench.node("source");
  bench.link(source, a);
  source.relays.onRoute(source.with(a), word(1_000, d, a));
  source.relays.send(d.nodeId, Uint8Array.of(1));
  await bench.settle();
  const forwarded = [a, b, c].map(({ relays }) => relays.stats().forwarded);
  expect(forwarded.reduce((sum, count) => sum + count)).toBe(15);
  const dropped = [a, b, c].map(({ relays }) => relays.stats().dropped["hop-limit"] ?? 0);
  expect(dropped.reduce((sum, count) => sum + count)).toBe(1);
});

describe("a relayed packet", () => {
  test("never goes back to where it came from, nor on to its source", async () => {
    const { bench, nodes } = await row("abc");
    const { a, b, c } = nodes;
    const far = bench.node("far");
    // Each believes that the other reaches it.
    b.relays.onRoute(b.with(c), word(1_000, far, c));
    c.relays.onRoute(c.with(b), word(1_000, far, b));
    a.relays.onRoute(a.with(b), word(1_000, far, b));
    a.relays.send(far.nodeId, Uint8Array.of(1));
    await bench.settle();
    expect(c.relays.stats()).toMatchObject({ forwarded: 0, dropped: { "no-route": 1 } });
  });

  test("that comes back to its source, or is said to come from the relay, is dropped", async () => {
    const { bench, nodes } = await row("ab");
    const { a, b } = nodes;
    const body = new Uint8Array();
    const packet = { hopLimit: 9, inner: body, body };
    const [one, other] = [a.nodeId, b.nodeId];
    a.relays.onRelay(a.with(b), { ...packet, destination: other, source: one });
    a.relays.onRelay(a.with(b), { ...packet, destination: one, source: other });
    await bench.settle();
    expect(a.relays.stats().dropped).toEqual({ loop: 2 });
    expect(a.arrivals).toEqual([]);
  });

  test("that is too large for a hop is refused with what would have fitted", async () => {
    const { bench, nodes } = await row("abcd");
    const { a, c, d } = nodes;
    c.with(d).roomBytes = 1_140;
    const end = a.sessions.length;
    bench.link(a, d);
    a.with(d).path = `relay:${d.nodeId}`;
    a.relays.onPathChange(a.with(d));
    expect(a.sessions).toHaveLength(end + 1);
    await bench.settle();
    a.relays.send(d.nodeId, new Uint8Array(1_120));
    await bench.settle();
    expect([a.with(d).limit, d.arrivals.length]).toEqual([1_102, 0]);
    expect(c.relays.stats().dropped).toEqual({ "too-large": 1 });
    a.relays.send(d.nodeId, new Uint8Array(1_102));
    await bench.settle();
    expect(d.arrivals).toHaveLength(1);
  });

  test("of ours that is too large for the first hop is refused by ourselves", async () => {
    const { bench, nodes } = await row("abc");
    const { a, c } = nodes;
    bench.link(a, c);
    a.with(c).path = `relay:${c.nodeId}`;
    a.relays.onPathChange(a.with(c));
    a.relays.send(c.nodeId, new Uint8Array(1_200));
    expect(a.with(c).limit).toBe(1_170 - 38);
    expect(a.relays.stats().dropped).toEqual({ "too-large": 1 });
  });

  test("that exceeds its neighbour's allowance is dropped, and others are not", async () => {
    const limits = { relayPacketsPerSecond: 40 };
    const bench = new RelayBench();
    const hub = bench.node("hub", limits);
    const [flood, calm, to] = [bench.node("flood"), bench.node("calm"), bench.node("to")];
    for (const node of [flood, calm, to]) bench.link(hub, node);
    await bench.settle();
    for (let i = 0; i < 100; i++) flood.relays.send(to.nodeId, Uint8Array.of(i));
    for (let i = 0; i < 10; i++) calm.relays.send(to.nodeId, Uint8Array.of(i));
    await bench.settle();
    const from = (node: BenchNode): number =>
      to.arrivals.filter(({ from: sender }) => sender === `relay:${node.nodeId}`).length;
    expect([from(flood), from(calm)]).toEqual([10, 10]);
    expect(hub.relays.stats().dropped).toEqual({ "rate-limit": 90 });
  });

  test("uses up its neighbour's allowance, whichever session it comes on", async () => {
    const bench = new RelayBench();
    const hub = bench.node("hub", { relayPacketsPerSecond: 40 });
    const [flood, to] = [bench.node("flood"), bench.node("to")];
    bench.link(hub, to);
    const body = new Uint8Array(50);
    const ends = { destination: to.nodeId, source: flood.nodeId };
    const packet = { hopLimit: 9, inner: body, body, ...ends };
    const forwarded = (): number => {
      bench.link(hub, flood);
      const session = hub.sessions.at(-1);
      const before = hub.relays.stats().forwarded;
      for (let i = 0; i < 20; i++) if (session) hub.relays.onRelay(session, packet);
      return hub.relays.stats().forwarded - before;
    };
    expect([forwarded(), forwarded()]).toEqual([10, 0]);
    bench.unlink(hub, flood);
    bench.unlink(hub, flood);
    hub.relays.tick(bench.clock.now());
    expect(forwarded()).toBe(0);
    // Nobody is remembered for longer than it matters.
    await bench.clock.advance(250);
    expect(forwarded()).toBe(10);
  });

  test("is not taken from within another", async () => {
    const { bench, nodes } = await row("ab");
    const { a, b } = nodes;
    const far = bench.node("far");
    const [inner, body] = [Uint8Array.of(1), new Uint8Array()];
    const packet = { hopLimit: 9, inner, body, source: far.nodeId };
    // The session inside the relayed packet belongs to somebody who relays in turn.
    a.onArrival = () => a.relays.onRelay(a.with(b), { ...packet, destination: a.nodeId });
    a.relays.onRelay(a.with(b), { ...packet, destination: a.nodeId });
    expect(a.arrivals).toHaveLength(1);
    expect(a.relays.stats().dropped).toEqual({ nested: 1 });
  });

  test("that waits for a hop whose path is relayed meanwhile, or takes less, is dropped", async () => {
    const { bench, nodes } = await row("abcd");
    const { a, b, c, d } = nodes;
    b.with(c).isHeldUp = true;
    a.relays.send(d.nodeId, new Uint8Array(1_000));
    await bench.settle();
    b.with(c).roomBytes = 900;
    b.with(c).release();
    expect(b.relays.stats().dropped).toEqual({ "too-large": 1 });
    a.relays.send(d.nodeId, new Uint8Array(500));
    await bench.settle();
    b.with(c).path = `relay:${c.nodeId}`;
    b.relays.onPathChange(b.with(c));
    b.with(c).release();
    expect(b.relays.stats().dropped).toEqual({ "too-large": 1, nested: 1 });
    await bench.settle();
    expect(d.arrivals).toEqual([]);
  });

  test("waits with no more than its neighbour's share of a hop", async () => {
    const bench = new RelayBench();
    const hub = bench.node("hub");
    const [flood, calm, to] = [bench.node("flood"), bench.node("calm"), bench.node("to")];
    for (const node of [flood, calm, to]) bench.link(hub, node);
    await bench.settle();
    const exit = hub.with(to);
    exit.isHeldUp = true;
    for (let i = 0; i < 100; i++) flood.relays.send(to.nodeId, new Uint8Array(1_000));
    for (let i = 0; i < 10; i++) calm.relays.send(to.nodeId, new Uint8Array(1_000));
    await bench.settle();
    const { dropped } = hub.relays.stats();
    expect(dropped).toEqual({ "queue-full": 37 });
    exit.release();
    exit.isHeldUp = false;
    flood.relays.send(to.nodeId, new Uint8Array(1_000));
    await bench.settle();
    expect(to.arrivals).toHaveLength(63 + 10 + 1);
  });
});
