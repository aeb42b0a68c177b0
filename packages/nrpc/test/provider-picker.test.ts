import type { NodeId, Random } from "@selvage/core";
import { ManualClock, seededRandom } from "@selvage/testing";
import type { Peer, Transport } from "@selvage/transport";
import fc from "fast-check";
import { describe, expect, test } from "vitest";

import type { Provider } from "../src/index.ts";
import { ProviderHealth } from "../src/selection/provider-health.ts";
import { type PickRules, ProviderPicker } from "../src/selection/provider-picker.ts";
import { createRoundRobin } from "../src/selection/round-robin.ts";
import { createSticky } from "../src/selection/sticky.ts";
import { always } from "./always.ts";
import { provider } from "./providers.ts";

type Known = Pick<Peer, "state" | "isGoingAway">;

/** A picker over peers in the given states; a provider that is not named has no session. */
function bench(
  states: ReadonlyMap<Provider, Known> = new Map(),
  random: Random = seededRandom(1),
): {
  readonly clock: ManualClock;
  readonly health: ProviderHealth;
  /** The breakers of these are open. */
  readonly open: Set<NodeId>;
  readonly picker: ProviderPicker;
  order(...of: Provider[]): Provider[];
  orderBy(rules: Partial<PickRules>, ...of: Provider[]): Provider[];
} {
  const clock = new ManualClock();
  const health = new ProviderHealth(clock, () => undefined);
  const open = new Set<NodeId>();
  const byId = new Map([...states].map(([{ nodeId }, known]) => [nodeId, known]));
  const transport = { peer: (nodeId) => byId.get(nodeId) as Peer | undefined } as Transport;
  const breakers = { isOpen: (_: string, id: NodeId) => open.has(id) };
  const picker = new ProviderPicker({ transport, health, breakers, random });
  const usual = usualRules();
  const orderBy = (rules: Partial<PickRules>, ...of: Provider[]): Provider[] =>
    picker.order("greet", of, { ...usual, ...rules });
  return { clock, health, open, picker, orderBy, order: (...of) => orderBy({}, ...of) };
}

const usualRules = (): PickRules => ({
  selector: createRoundRobin(),
  stickyKey: undefined,
  filterUnhealthy: true,
});

const well: Known = { state: "responsive", isGoingAway: false };

describe("the order of providers", () => {
  test("of none is empty, of one is that one", () => {
    const { order } = bench();
    expect(order()).toEqual([]);
    expect(order(provider(1))).toEqual([provider(1)]);
  });

  test("goes by priority class, the lowest number first", () => {
    const [backup, first, last] = [
      provider(1, { priority: 5 }),
      provider(2, { priority: 0 }),
      provider(3, { priority: 9 }),
    ];
    expect(bench().order(backup, first, last)).toEqual([first, backup, last]);
  });

  test("within the best class is the policy's choice, then all others of it", () => {
    const { order } = bench();
    const all = [provider(1), provider(2), provider(3)];
    const firsts = [1, 2, 3].map(() => order(...all)[0]);
    expect(new Set(firsts).size).toBe(3);
    expect(new Set(order(...all))).toEqual(new Set(all));
  });

  test("puts an avoided provider behind a lower class that is well", () => {
    const [first, backup] = [provider(1), provider(2, { priority: 1 })];
    const { health, order } = bench();
    health.verdict(first.nodeId);
    expect(order(first, backup)).toEqual([backup, first]);
  });

  test.each<[string, Known]>([
    ["unresponsive", { ...well, state: "unresponsive" }],
    ["suspected", { ...well, state: "suspected" }],
    ["failed", { ...well, state: "failed" }],
    ["going away", { ...well, isGoingAway: true }],
  ])("leaves out one that is %s, unless there is no other", (_, known) => {
    const [silent, other] = [provider(1), provider(2, { priority: 9 })];
    const { order } = bench(
      new Map([
        [silent, known],
        [other, well],
      ]),
    );
    expect(order(silent, other)).toEqual([other]);
    expect(order(silent)).toEqual([silent]);
  });

  test("takes a provider without a session for as good as any", () => {
    const [connected, unknown] = [provider(1), provider(2)];
    const { order } = bench(new Map([[connected, well]]));
    const firsts = [1, 2].map(() => order(connected, unknown)[0]);
    expect(new Set(firsts)).toEqual(new Set([connected, unknown]));
  });

  test("gives one that returns from a penalty its small share of first picks", async () => {
    const [returning, other] = [provider(1), provider(2)];
    const lucky = bench(new Map(), always(0.05));
    const unlucky = bench(new Map(), always(0.5));
    for (const { clock, health } of [lucky, unlucky]) {
      health.verdict(returning.nodeId);
      await clock.advance(1_000);
    }
    expect(lucky.order(returning, other)[0]).toBe(returning);
    expect(unlucky.order(returning, other)).toEqual([other, returning]);
  });

  test("prefers one that returns to one that is avoided, and that to a silent one", async () => {
    const [returning, avoided, silent] = [provider(1), provider(2), provider(3)];
    const states = new Map([[silent, { ...well, state: "failed" as const }]]);
    const { clock, health, order } = bench(states, always(0.99));
    health.verdict(returning.nodeId);
    await clock.advance(1_500);
    health.verdict(avoided.nodeId);
    expect(order(silent, avoided, returning)).toEqual([returning, avoided]);
    expect(order(silent, avoided)).toEqual([avoided]);
  });

  test("leaves out one whose breaker is open, unless all others are open too", () => {
    const [broken, other, silent] = [provider(1), provider(2, { priority: 9 }), provider(3)];
    const { order, open } = bench(new Map([[silent, { ...well, state: "unresponsive" as const }]]));
    open.add(broken.nodeId);
    expect(order(broken, other)).toEqual([other]);
    expect(order(broken, silent)).toEqual([silent]);
    expect(order(broken)).toEqual([broken]);
  });

  test("can pay no regard to health, but to leave-taking and breakers", () => {
    const [silent, penalised, leaving, broken] = [
      provider(1),
      provider(2),
      provider(3),
      provider(4),
    ];
    const states = new Map([
      [silent, { ...well, state: "suspected" as const }],
      [leaving, { ...well, isGoingAway: true }],
    ]);
    const { orderBy, open, health } = bench(states);
    open.add(broken.nodeId);
    health.verdict(penalised.nodeId);
    const all = [silent, penalised, leaving, broken];
    expect(new Set(orderBy({ filterUnhealthy: false }, ...all))).toEqual(
      new Set([silent, penalised]),
    );
    expect(orderBy({ filterUnhealthy: false }, leaving)).toEqual([leaving]);
  });

  test("brings the calls of one key back to a returning provider together, and once", async () => {
    const all = [provider(1), provider(2)];
    const [{ nodeId }] = all as [Provider, Provider];
    const { clock, health, orderBy } = bench();
    const selector = createSticky();
    const keys = Array.from({ length: 200 }, (_, n) => `customer-${n}`).filter(
      (key) => selector.select("greet", all, key).nodeId === nodeId,
    );
    const backAt = (key: string): boolean =>
      orderBy({ selector, stickyKey: key }, ...all)[0]?.nodeId === nodeId;
    health.verdict(nodeId);
    await clock.advance(1_000);
    let back = new Set<string>();
    const counts: number[] = [];
    for (let second = 0; second <= 10; second++) {
      const now = new Set(keys.filter(backAt));
      expect([...back].every((key) => now.has(key))).toBe(true);
      back = now;
      counts.push(now.size);
      await clock.advance(1_000);
    }
    expect(counts[0]).toBeLessThan(keys.length / 4);
    expect(counts[10]).toBe(keys.length);
  });
});

test("the first of the order is found without the rest of it", () => {
  const count = 5;
  const states: readonly (Known | undefined)[] = [
    undefined,
    well,
    { ...well, isGoingAway: true },
    { ...well, state: "unresponsive" },
  ];
  fc.assert(
    fc.property(
      fc.array(
        fc.record({
          priority: fc.nat(2),
          state: fc.constantFrom(...states),
          isPenalised: fc.boolean(),
          isOpen: fc.boolean(),
        }),
        { maxLength: count },
      ),
      fc.boolean(),
      (drawn, filterUnhealthy) => {
        const all = drawn.map(({ priority }, n) => provider(n + 1, { priority }));
        const known = all.flatMap((one, n) => {
          const state = drawn[n]?.state;
          return state === undefined ? [] : [[one, state] as const];
        });
        const { health, open, picker } = bench(new Map(known));
        for (const [n, { nodeId }] of all.entries()) {
          if (drawn[n]?.isPenalised) health.verdict(nodeId);
          if (drawn[n]?.isOpen) open.add(nodeId);
        }
        const [one, other] = [usualRules(), usualRules()];
        for (let i = 0; i < 3; i++) {
          expect(picker.first("greet", all, { ...one, filterUnhealthy })).toBe(
            picker.order("greet", all, { ...other, filterUnhealthy })[0],
          );
        }
      },
    ),
  );
});
