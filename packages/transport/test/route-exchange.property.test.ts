import fc from "fast-check";
import { expect, test } from "vitest";

import { type BenchNode, RelayBench } from "./relay-bench.ts";

const NODES = 7;
const MAX_RELAYS = 3;

/** Something that happens to a link. */
const event = fc.record({
  one: fc.nat(NODES - 1),
  other: fc.nat(NODES - 1),
  what: fc.constantFrom("link", "link", "unlink", "silence", "answer"),
  /** What is on the wires arrives before the next event. */
  settles: fc.boolean(),
});

const sessionsOf = (one: BenchNode, other: BenchNode): boolean =>
  one.sessions.some(({ nodeId }) => nodeId === other.nodeId);

const isSilent = (one: BenchNode, other: BenchNode): boolean =>
  !one.with(other).liveness.responsive;

/** Relays on the shortest way over some links, by plain search; `undefined` without one. */
function relaysBetween(
  nodes: readonly BenchNode[],
  from: BenchNode,
  to: BenchNode,
  counts: (one: BenchNode, other: BenchNode) => boolean,
): number | undefined {
  const distance = new Map([[from, 0]]);
  for (const node of distance.keys()) {
    for (const next of nodes) {
      if (distance.has(next) || !sessionsOf(node, next) || !counts(node, next)) continue;
      // The direct link of the two is no way through relays.
      if (node === from && next === to) continue;
      distance.set(next, (distance.get(node) ?? 0) + 1);
    }
  }
  const links = distance.get(to);
  return links === undefined ? undefined : links - 1;
}

function apply(
  bench: RelayBench,
  { one, other, what }: { one: number; other: number; what: string },
): void {
  const [a, b] = [bench.nodes[one], bench.nodes[other]];
  if (a === undefined || b === undefined || a === b) return;
  const isLinked = sessionsOf(a, b);
  if (what === "link") {
    if (!isLinked) bench.link(a, b);
  } else if (isLinked && what === "unlink") {
    bench.unlink(a, b);
  } else if (isLinked) {
    for (const [node, peer] of [
      [a, b],
      [b, a],
    ] as const) {
      node.with(peer).liveness.responsive = what === "answer";
      node.relays.review(node.with(peer));
    }
  }
}

test("after any changes, packets arrive wherever a way of working links leads, and none runs in circles", async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(event, { maxLength: 40 }), fc.nat(3), async (events, lossEvery) => {
      const bench = new RelayBench();
      let frames = 0;
      bench.loses = () => lossEvery > 0 && ++frames % (lossEvery + 1) === 0;
      for (let i = 0; i < NODES; i++) bench.node(`n${i}`, { maxRelayHops: MAX_RELAYS });
      for (const one of events) {
        apply(bench, one);
        if (one.settles) await bench.settle();
      }
      await bench.settle();
      bench.loses = () => false;
      await bench.calm();
      for (const from of bench.nodes) {
        for (const to of bench.nodes) {
          if (from === to) continue;
          const isGood = (one: BenchNode, other: BenchNode) => !isSilent(one, other);
          const relays = relaysBetween(bench.nodes, from, to, isGood);
          const arrived = to.arrivals.length;
          from.relays.send(to.nodeId, Uint8Array.of(7));
          await bench.settle();
          const arrives = to.arrivals.length > arrived;
          const direct = sessionsOf(from, to) && !isSilent(from, to);
          // Who reaches a node directly need not have been told of another way.
          if (relays !== undefined && relays <= MAX_RELAYS && !direct) {
            expect([from.name, to.name, arrives]).toEqual([from.name, to.name, true]);
          }
          // A silent link is better than none.
          const atAll = relaysBetween(bench.nodes, from, to, () => true);
          if (atAll === undefined) expect(arrives).toBe(false);
        }
      }
      for (const { relays } of bench.nodes) {
        const { dropped, routesIgnored } = relays.stats();
        expect(dropped["hop-limit"] ?? 0).toBe(0);
        expect(routesIgnored["loop"] ?? 0).toBe(0);
        expect(routesIgnored["implausible"] ?? 0).toBe(0);
      }
    }),
    { numRuns: 60 },
  );
}, 60_000);
