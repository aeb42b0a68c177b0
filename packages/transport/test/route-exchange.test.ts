import { describe, expect, test } from "vitest";

import { ByteReader } from "../src/packet/bytes-io.ts";
import { readRoute, type RouteWord } from "../src/relay/relay-frames.ts";
import { ROUTE_BURST, ROUTE_INTERVAL_MS } from "../src/relay/route-damping.ts";
import { ROUTE_REPEAT_MS } from "../src/relay/route-exchange.ts";
import { type BenchNodes, reaches, RelayBench, routes, row, word } from "./relay-bench.ts";

describe("in a row of nodes", () => {
  test("everybody learns of everybody, and packets arrive", async () => {
    const { bench, nodes } = await row("abcd");
    const { a, b, c, d } = nodes;
    expect(bench.nodes.map((node) => routes(bench, node))).toEqual(["cd", "d", "a", "ab"]);
    expect(await reaches(bench, a, d)).toBe(true);
    expect(d.arrivals).toEqual([
      { from: `relay:${a.nodeId}`, source: `relay:${c.nodeId}/${a.nodeId}`, bytes: [1, 2, 3] },
    ]);
    expect([b, c].map(({ relays }) => relays.stats())).toMatchObject([
      { forwarded: 1, forwardedBytes: 3, dropped: {} },
      { forwarded: 1, forwardedBytes: 3, dropped: {} },
    ]);
  });

  test("nobody learns of nodes that are too far", async () => {
    const { bench } = await row("abcdef", { maxRelayHops: 2 });
    expect(bench.nodes.map((node) => routes(bench, node))).toEqual([
      "cd",
      "de",
      "aef",
      "abf",
      "bc",
      "cd",
    ]);
  });

  test("a lost node is forgotten by all at once, and known again when it is back", async () => {
    const { bench, nodes } = await row("abcd");
    const { a, c, d } = nodes;
    bench.unlink(c, d);
    await bench.settle();
    expect(bench.nodes.map((node) => routes(bench, node))).toEqual(["c", "", "a", ""]);
    expect(await reaches(bench, a, d)).toBe(false);
    expect(a.relays.stats().dropped).toEqual({ "no-route": 1 });
    bench.link(c, d);
    await bench.settle();
    expect(bench.nodes.map((node) => routes(bench, node))).toEqual(["cd", "d", "a", "ab"]);
  });

  test("what is known of a silent neighbour is withdrawn until it answers again", async () => {
    const { bench, nodes } = await row("abc");
    const { a, b, c } = nodes;
    const session = b.with(c);
    session.liveness.responsive = false;
    b.relays.review(session);
    await bench.settle();
    expect(a.relays.hasRoute(c.nodeId)).toBe(false);
    session.liveness.responsive = true;
    b.relays.review(session);
    await bench.settle();
    expect(a.relays.hasRoute(c.nodeId)).toBe(true);
  });

  test("a session whose path became a relayed one is no way for others", async () => {
    const { bench, nodes } = await row("abc");
    const { a, b, c } = nodes;
    const session = b.with(c);
    session.path = `relay:${c.nodeId}`;
    b.relays.onPathChange(session);
    await bench.settle();
    expect([routes(bench, a), routes(bench, b), a.with(b).reroutes]).toEqual(["", "", 0]);
    session.path = "10.0.0.1:1";
    b.relays.onPathChange(session);
    await bench.settle();
    expect(routes(bench, a)).toBe("c");
  });

  test("a word that is lost is said again, as things stand then", async () => {
    const bench = new RelayBench();
    const { a, b, c } = bench.some("abc");
    let lost = 0;
    bench.loses = () => lost++ % 3 !== 2;
    bench.link(a, b);
    bench.link(b, c);
    await bench.settle();
    expect([routes(bench, a), routes(bench, c)]).toEqual(["c", "a"]);
    bench.unlink(b, c);
    await bench.settle();
    expect([routes(bench, a), routes(bench, c)]).toEqual(["", ""]);
    expect(lost).toBeGreaterThan(4);
  });

  test("a node that does not forward learns of others, and is no way to them", async () => {
    const bench = new RelayBench();
    const [a, b, c, d] = [
      bench.node("a"),
      bench.node("b", {}, { forward: false }),
      bench.node("c"),
      bench.node("d"),
    ];
    bench.link(a, b);
    bench.link(b, c);
    bench.link(c, d);
    await bench.settle();
    expect(bench.nodes.map((node) => routes(bench, node))).toEqual(["", "d", "", "b"]);
    a.relays.onRoute(a.with(b), word(1, c, b));
    expect(await reaches(bench, a, c)).toBe(false);
    expect(b.relays.stats().dropped).toEqual({ "not-forwarding": 1 });
  });
});

test("of many ways to a node some are set aside, and taken when the others are gone", async () => {
  const bench = new RelayBench();
  const [near, far] = [bench.node("near"), bench.node("far")];
  const relays = Array.from({ length: 7 }, (_, i) => bench.node(`relay ${i}`));
  for (const relay of relays) {
    bench.link(near, relay);
    bench.link(relay, far);
  }
  await bench.settle();
  for (const relay of relays) {
    expect(await reaches(bench, near, far)).toBe(true);
    bench.unlink(near, relay);
    await bench.settle();
  }
  expect(near.relays.stats().routes).toBe(0);
});

test("several sessions with one relay are no several ways, and any of them will do", async () => {
  const { bench, nodes } = await row("abc");
  const { a, b, c } = nodes;
  for (let i = 0; i < 6; i++) bench.link(a, b);
  await bench.settle();
  for (let i = 0; i < 6; i++) {
    bench.unlink(a, b);
    await bench.settle();
    expect(await reaches(bench, a, c)).toBe(true);
  }
});

describe("nobody is told", () => {
  test("of ways that lead through itself", async () => {
    const bench = new RelayBench();
    const told: string[] = [];
    const { a, b, c, d } = bench.some("abcd");
    bench.loses = (bytes) => {
      const { path } = readRoute(new ByteReader(bytes, 1));
      const first = bench.nodes.find(({ nodeId }) => nodeId === path[0])?.name ?? "-";
      told.push(`${first}:${path.length}`);
      for (const { nodeId } of bench.nodes)
        expect(path.filter((one) => one === nodeId).length).toBeLessThan(2);
      return false;
    };
    bench.link(a, b);
    bench.link(b, c);
    bench.link(c, d);
    bench.link(d, a);
    await bench.settle();
    for (const { relays } of bench.nodes) expect(relays.stats().routesIgnored).toEqual({});
    expect(told.length).toBeGreaterThan(8);
  });

  test("by both of two what both reach directly, as long as both do", async () => {
    const bench = new RelayBench();
    const { a, b, c } = bench.some("abc");
    bench.link(a, b);
    bench.link(b, c);
    bench.link(a, c);
    await bench.settle();
    const knowing = [a, b].filter(({ relays }) => relays.hasRoute(c.nodeId));
    expect(knowing).toHaveLength(1);
    const [higher] = [a, b].toSorted((one, other) => (one.nodeId < other.nodeId ? 1 : -1));
    expect(knowing[0]).toBe(higher);
    // The one that was not told loses its direct path: now it is told.
    const lower = higher === a ? b : a;
    lower.with(c).liveness.responsive = false;
    lower.relays.review(lower.with(c));
    await bench.settle();
    expect(lower.relays.hasRoute(c.nodeId)).toBe(true);
    expect(await reaches(bench, lower, c)).toBe(true);
  });
});

describe("a word is not taken", () => {
  test.each<[string, (nodes: BenchNodes) => RouteWord, object]>([
    ["that leads to ourselves", ({ a, b }) => word(9, a, b), { implausible: 1 }],
    ["that does not begin at its speaker", ({ c, d }) => word(9, d, c), { implausible: 1 }],
    ["that leads through ourselves", ({ a, b, d }) => word(9, d, b, a), { loop: 1 }],
    ["that leads through a node twice", ({ b, c, d }) => word(9, d, b, c, b), { loop: 1 }],
    ["that leads through its destination", ({ b, d }) => word(9, d, b, d), { loop: 1 }],
    ["over too many relays", ({ b, c, d, e, f }) => word(9, f, b, c, d, e), { "too-long": 1 }],
    ["that was overtaken", ({ b, c }) => word(0, c, b), { stale: 1 }],
  ])("%s", async (_, say, ignored) => {
    const { bench, nodes } = await row("abc", { maxRelayHops: 3 });
    const { a, b } = nodes;
    const named = { ...nodes, ...bench.some("def") };
    const before = routes(bench, a);
    a.relays.onRoute(a.with(b), say(named));
    await bench.settle();
    expect(a.relays.stats().routesIgnored).toEqual(ignored);
    expect(routes(bench, a)).toBe(before);
  });

  test("but what it replaces no longer holds", async () => {
    const { bench, nodes } = await row("abc");
    const { a, b, c } = nodes;
    a.relays.onRoute(a.with(b), word(9, c, b, a));
    expect(routes(bench, a)).toBe("");
  });

  test("of more nodes than the limits allow, whoever speaks", async () => {
    const bench = new RelayBench();
    const a = bench.node("a", { maxRoutesPerPeer: 10, maxRoutes: 15 });
    const [b, c] = [bench.node("b"), bench.node("c")];
    bench.link(a, b);
    bench.link(a, c);
    for (const speaker of [b, c]) {
      for (let i = 0; i < 100; i++) {
        const unknown = bench.node(`made up by ${speaker.name} ${i}`);
        a.relays.onRoute(a.with(speaker), word(1 + i, unknown, speaker));
      }
    }
    await bench.settle();
    expect(a.relays.stats().routes).toBe(13);
    expect(a.relays.stats().routesIgnored).toEqual({ "too-many": 187 });
  });

  test("of more nodes than one may offer, on however many sessions", () => {
    const bench = new RelayBench();
    const [a, b] = [bench.node("a", { maxRoutesPerPeer: 10 }), bench.node("b")];
    for (let i = 0; i < 3; i++) {
      bench.link(a, b);
      for (let n = 0; n < 10; n++) {
        a.relays.onRoute(a.with(b, i), word(1 + n, bench.node(`made up ${i} ${n}`), b));
        // What another session named already is no more.
        a.relays.onRoute(a.with(b, i), word(20 + n, bench.node(`made up 0 ${n}`), b));
      }
    }
    expect(a.relays.stats()).toMatchObject({ routes: 10, routesIgnored: { "too-many": 20 } });
    bench.unlink(a, b);
    bench.unlink(a, b);
    expect(a.relays.stats().routes).toBe(10);
    bench.unlink(a, b);
    expect(a.relays.stats().routes).toBe(0);
  });

  test("while there is no room, and is when there is", async () => {
    const bench = new RelayBench();
    const a = bench.node("a", { maxRoutes: 4 });
    const { b, c, x, y, z } = bench.some("bcxyz");
    bench.link(a, b);
    bench.link(a, c);
    for (const [i, far] of [x, y, z].entries()) a.relays.onRoute(a.with(b), word(1 + i, far, b));
    await bench.settle();
    expect(routes(bench, a)).toBe("xy");
    a.relays.onRoute(a.with(b), word(4, x));
    await bench.settle();
    expect(routes(bench, a)).toBe("yz");
    expect(a.relays.stats().routesIgnored).toEqual({ "too-many": 1 });
  });

  test("for which its speaker has no room left, but when it is repeated", async () => {
    const bench = new RelayBench();
    const a = bench.node("a", { maxRoutesPerPeer: 2 });
    const { b, x, y, z } = bench.some("bxyz");
    bench.link(a, b);
    for (const far of [x, y, z]) {
      bench.link(b, far);
      await bench.settle();
    }
    expect(routes(bench, a)).toBe("xy");
    bench.unlink(b, x);
    await bench.pass(60_000, 10_000);
    expect(routes(bench, a)).toBe("y");
    await bench.pass(2 * ROUTE_REPEAT_MS, 10_000);
    expect(routes(bench, a)).toBe("yz");
  });

  test("that comes too often, and what was put off is taken in the midst of such a flood", async () => {
    const { bench, nodes } = await row("ab", { maxRoutesPerPeer: 300 });
    const { a, b } = nodes;
    const { x, y } = bench.some("xy");
    let sequence = 10;
    const flood = (): void => {
      for (let i = 0; i < 500; i++) a.relays.onRoute(a.with(b), word(++sequence, x, b));
    };
    flood();
    expect([routes(bench, a), a.relays.stats().routesIgnored]).toEqual(["", { "too-often": 200 }]);
    a.relays.onRoute(a.with(b), word(++sequence, y, b));
    for (let i = 0; i < 10; i++) {
      await bench.clock.advance(25);
      flood();
      a.relays.tick(bench.clock.now());
    }
    flood();
    expect(routes(bench, a)).toBe("y");
    await bench.settle();
    expect(routes(bench, a)).toBe("xy");
  });

  test("on a new session of who has used up its words on another", async () => {
    const { bench, nodes } = await row("ab", { maxRoutesPerPeer: 300 });
    const { a, b } = nodes;
    const { x, y } = bench.some("xy");
    for (let i = 0; i < 300; i++) a.relays.onRoute(a.with(b), word(10 + i, x, b));
    bench.unlink(a, b);
    a.relays.tick(bench.clock.now());
    bench.link(a, b);
    a.relays.onRoute(a.with(b), word(1, y, b));
    expect(a.relays.stats()).toMatchObject({ routes: 0, routesIgnored: { "too-often": 1 } });
  });

  test("and a flood of words makes no flood of others", async () => {
    const { bench, nodes } = await row("abc");
    const { b, c } = nodes;
    const far = bench.node("far");
    const before = bench.delivered;
    for (let i = 0; i < 1_000; i++) {
      b.relays.onRoute(b.with(c), i % 2 === 0 ? word(10 + i, far, c) : word(10 + i, far));
      if (i % 100 === 99) await bench.clock.advance(1);
    }
    await bench.settle();
    expect(bench.delivered - before).toBeLessThan(10);
  });

  test("and a withdrawal is remembered until no older word can be under way", async () => {
    const { bench, nodes } = await row("ab", { maxRoutesPerPeer: 2 });
    const { a, b } = nodes;
    const { x, y, z } = bench.some("xyz");
    a.relays.onRoute(a.with(b), word(1, x, b));
    a.relays.onRoute(a.with(b), word(2, x));
    a.relays.onRoute(a.with(b), word(3, y, b));
    a.relays.onRoute(a.with(b), word(4, z, b));
    expect(a.relays.stats().routesIgnored).toEqual({ "too-many": 1 });
    await bench.clock.advance(60_000);
    a.relays.tick(bench.clock.now());
    a.relays.onRoute(a.with(b), word(5, z, b));
    expect(routes(bench, a)).toBe("yz");
  });
});

describe("of a node that comes and goes", () => {
  test("others hear now and then, and in the end how things stand", async () => {
    const { bench, nodes } = await row("abcd");
    const { a, c, d } = nodes;
    const [from, before] = [bench.clock.now(), bench.delivered];
    for (let i = 0; i < 200; i++) {
      bench.unlink(c, d);
      await bench.settle();
      bench.link(c, d);
      await bench.settle();
    }
    const times = ROUTE_BURST + (bench.clock.now() - from) / ROUTE_INTERVAL_MS;
    // What c says to b, and b to a; and to d, on every new link, that there are a and b.
    expect(bench.delivered - before - 2 * 200).toBeLessThan(4 * times);
    await bench.calm();
    expect([routes(bench, a), await reaches(bench, a, d)]).toEqual(["cd", true]);
  });

  test("others hear at once that it is gone", async () => {
    const { bench, nodes } = await row("abc");
    const { a, b, c } = nodes;
    let gone = 0;
    for (let i = 0; i < 50; i++) {
      if (a.relays.hasRoute(c.nodeId)) gone++;
      bench.unlink(b, c);
      await bench.settle();
      expect(a.relays.hasRoute(c.nodeId)).toBe(false);
      bench.link(b, c);
      await bench.settle();
    }
    expect(gone).toBeGreaterThan(ROUTE_BURST);
    expect(gone).toBeLessThan(25);
  });
});
