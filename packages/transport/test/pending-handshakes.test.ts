import { nodeProvider } from "@selvage/identity";
import { seededEntropy } from "@selvage/testing";
import fc from "fast-check";
import { describe, expect, test } from "vitest";

import { type Pending, PendingHandshakes } from "../src/handshake/pending-handshakes.ts";
import { createNoiseResponder } from "../src/noise/index.ts";
import { identityOf, pattern } from "./world.ts";

const noise = createNoiseResponder({
  provider: nodeProvider(),
  entropy: seededEntropy(1),
  staticKey: identityOf("b").noiseStaticKey,
  psk: pattern(32),
  prologue: new Uint8Array(),
});
const NOTHING = new Uint8Array();

const pending = (index: number, host: string, expiresAt = 0): Pending => ({
  index,
  from: host,
  origin: `${host}/${index}`,
  host,
  initiatorIndex: index,
  initNoise: NOTHING,
  noise,
  response: NOTHING,
  expiresAt,
  respondedAt: 0,
});

describe("half-done handshakes", () => {
  test("are found by index and by origin until they are removed", () => {
    const table = new PendingHandshakes(2);
    const one = pending(1, "a");
    table.add(one);
    expect([table.withIndex(1), table.fromOrigin("a/1"), table.size]).toEqual([one, one, 1]);
    table.remove(one);
    expect([table.withIndex(1), table.fromOrigin("a/1"), table.size]).toEqual([
      undefined,
      undefined,
      0,
    ]);
  });

  test("of one origin replace each other", () => {
    const table = new PendingHandshakes(2);
    table.add(pending(1, "a"));
    const again = { ...pending(2, "a"), origin: "a/1" };
    expect(table.add(again)).toBe(false);
    expect([table.size, table.fromOrigin("a/1"), table.withIndex(1)]).toEqual([
      1,
      again,
      undefined,
    ]);
  });

  test("expire in their order", () => {
    const table = new PendingHandshakes(9);
    for (const [index, expiresAt] of [10, 20, 30].entries()) {
      table.add(pending(index, "a", expiresAt));
    }
    table.expire(20);
    expect([0, 1, 2].map((index) => table.withIndex(index) !== undefined)).toEqual([
      false,
      false,
      true,
    ]);
  });
});

describe("when all places are taken", () => {
  test("a newcomer takes the oldest of the host that has the most", () => {
    const table = new PendingHandshakes(4);
    for (const [index, host] of ["a", "greedy", "greedy", "greedy"].entries()) {
      table.add(pending(index, host));
    }
    expect(table.add(pending(9, "new"))).toBe(true);
    expect([0, 1, 2, 3, 9].map((index) => table.withIndex(index)?.host)).toEqual([
      "a",
      undefined,
      "greedy",
      "greedy",
      "new",
    ]);
  });

  test("the host that has the most takes its own", () => {
    const table = new PendingHandshakes(3);
    for (const [index, host] of ["a", "b", "greedy"].entries()) table.add(pending(index, host));
    for (let index = 10; index < 20; index++) table.add(pending(index, "greedy"));
    expect([table.size, table.withIndex(0)?.host, table.withIndex(1)?.host]).toEqual([3, "a", "b"]);
  });

  test("there are never more than the limit, and nobody has few while others have many", () => {
    const hosts = fc.array(fc.constantFrom("a", "b", "c", "d"), { maxLength: 60 });
    fc.assert(
      fc.property(hosts, fc.integer({ min: 4, max: 12 }), (order, limit) => {
        const table = new PendingHandshakes(limit);
        const tries = new Map<string, number>();
        for (const [index, host] of order.entries()) {
          table.add(pending(index, host));
          tries.set(host, (tries.get(host) ?? 0) + 1);
        }
        expect(table.size).toBe(Math.min(limit, order.length));
        const held = new Map<string, number>();
        for (const index of order.keys()) {
          const host = table.withIndex(index)?.host;
          if (host !== undefined) held.set(host, (held.get(host) ?? 0) + 1);
        }
        const fair = Math.floor(limit / 4);
        for (const [host, count] of tries) {
          expect(held.get(host) ?? 0).toBeGreaterThanOrEqual(Math.min(count, fair));
        }
      }),
    );
  });
});
