import type { NodeId } from "@selvage/core";
import { describe, expect, test } from "vitest";

import { type Hop, MAX_ALTERNATES, RouteTable, Standing } from "../src/relay/route-table.ts";

const id = (name: string): NodeId => name.repeat(32).slice(0, 32) as NodeId;
const [a, b, c, d, x] = ["a", "b", "c", "d", "e"].map(id) as [
  NodeId,
  NodeId,
  NodeId,
  NodeId,
  NodeId,
];

interface TestHop extends Hop {
  standing: Standing;
  isLeaving: boolean;
}

const hop = (nodeId: NodeId, standing: Standing = Standing.good): TestHop => ({
  nodeId,
  standing,
  isLeaving: false,
});

/** A table with the given hops as ways to `x`, each over so many relays. */
function table(...ways: readonly (readonly [Hop, readonly NodeId[]])[]): RouteTable<Hop> {
  const routes = new RouteTable<Hop>();
  for (const [way, path] of ways) routes.set(x, { hop: way, path });
  return routes;
}

describe("of several ways", () => {
  test("the one over the fewest relays is the best", () => {
    const near = hop(c);
    const routes = table([hop(a), [a, d]], [near, [c]], [hop(b), [b, a, d]]);
    expect(routes.best(x)?.hop).toBe(near);
  });

  test("of one length, the one through the lower node id is the best, in any order", () => {
    const [one, other] = [hop(a), hop(b)];
    expect(table([one, [a]], [other, [b]]).best(x)?.hop).toBe(one);
    expect(table([other, [b]], [one, [a]]).best(x)?.hop).toBe(one);
  });

  test("a longer one is better than one through a silent neighbour, which is better than none", () => {
    const [silent, longer] = [hop(a, Standing.doubtful), hop(b)];
    const routes = table([silent, [a]], [longer, [b, c]]);
    expect(routes.best(x)?.hop).toBe(longer);
    longer.standing = Standing.none;
    expect(routes.best(x)?.hop).toBe(silent);
    expect(routes.best(x, { good: true })).toBeUndefined();
    silent.standing = Standing.none;
    expect(routes.best(x)).toBeUndefined();
  });

  test("one through a neighbour that leaves comes after others, but for itself", () => {
    const [leaving, longer] = [hop(a), hop(b)];
    leaving.isLeaving = true;
    expect(table([leaving, [a]], [longer, [b, c]]).best(x)?.hop).toBe(longer);
    const itself = hop(x);
    itself.isLeaving = true;
    expect(table([itself, []], [longer, [b]]).best(x, { good: true })?.hop).toBe(itself);
  });
});

describe("a way is not taken", () => {
  test("through a node that is to be avoided", () => {
    const other = hop(b);
    const routes = table([hop(a), [a]], [other, [b, c]]);
    expect(routes.best(x, { avoid: [a] })?.hop).toBe(other);
    expect(routes.best(x, { avoid: [a, c] })).toBeUndefined();
  });

  test("back to where a packet comes from", () => {
    const routes = table([hop(x), []], [hop(a), [a]]);
    expect(routes.best(x, { avoid: [x] })).toBeUndefined();
  });

  test("without a relay, if one is asked for", () => {
    const relay = hop(a);
    const routes = table([hop(x), []], [relay, [a]]);
    expect(routes.best(x)?.path).toEqual([]);
    expect(routes.best(x, { relayed: true })?.hop).toBe(relay);
  });
});

test("many sessions of one node take up the place of one", () => {
  const sessions = Array.from({ length: 2 * MAX_ALTERNATES }, () => hop(a));
  const far = hop(b);
  const routes = table(...sessions.map((one) => [one, [a]] as const), [far, [b, c]]);
  expect(routes.best(x, { avoid: [a] })?.hop).toBe(far);
  for (const session of sessions) {
    expect(routes.best(x)?.hop.nodeId).toBe(a);
    routes.remove(x, session);
  }
  expect(routes.best(x)?.hop).toBe(far);
});

describe("a table", () => {
  test("keeps one way per neighbour: the last", () => {
    const one = hop(a);
    const routes = table([one, [a]], [one, [a, b]]);
    expect(routes.best(x)?.path).toEqual([a, b]);
    routes.remove(x, one);
    expect([routes.has(x), routes.size]).toEqual([false, 0]);
  });

  test("keeps the best few, and the direct one whatever its rank", () => {
    const hops = Array.from({ length: MAX_ALTERNATES + 3 }, (_, i) => hop(id(String(i))));
    const routes = table([hop(x), []]);
    for (const one of hops.toReversed()) routes.set(x, { hop: one, path: [one.nodeId] });
    const cut = hops.slice(0, MAX_ALTERNATES).map((one) => {
      expect(routes.best(x, { relayed: true })?.hop).toBe(one);
      return routes.remove(x, one);
    });
    // Once, it says that there were more.
    expect(cut).toEqual([true, false, false, false]);
    expect(routes.best(x, { relayed: true })).toBeUndefined();
    expect(routes.best(x)?.path).toEqual([]);
  });

  test("lists the destinations that it knows ways to", () => {
    const routes = table([hop(a), [a]]);
    routes.set(d, { hop: hop(d), path: [] });
    expect([...routes.destinations()]).toEqual([x, d]);
  });
});
