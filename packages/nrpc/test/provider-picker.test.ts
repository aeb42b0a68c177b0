import { ManualClock, seededRandom } from "@selvage/testing";
import type { Peer, Transport } from "@selvage/transport";
import { describe, expect, test } from "vitest";

import type { Provider } from "../src/index.ts";
import { ProviderHealth } from "../src/selection/provider-health.ts";
import { ProviderPicker } from "../src/selection/provider-picker.ts";
import { createRoundRobin } from "../src/selection/selection-policy.ts";
import { always } from "./always.ts";
import { provider } from "./providers.ts";

type Known = Pick<Peer, "state" | "isGoingAway">;

/** A picker over peers in the given states; a provider that is not named has no session. */
function bench(
  states: ReadonlyMap<Provider, Known> = new Map(),
  random = seededRandom(1) as { next: () => number },
): {
  readonly clock: ManualClock;
  readonly health: ProviderHealth;
  order(...of: Provider[]): Provider[];
} {
  const clock = new ManualClock();
  const health = new ProviderHealth(clock);
  const byId = new Map([...states].map(([{ nodeId }, known]) => [nodeId, known]));
  const transport = { peer: (nodeId) => byId.get(nodeId) as Peer | undefined } as Transport;
  const picker = new ProviderPicker(transport, health, random);
  const selector = createRoundRobin();
  return { clock, health, order: (...of) => picker.order("greet", of, selector) };
}

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
});
