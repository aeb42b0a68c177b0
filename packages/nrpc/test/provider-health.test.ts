import { ManualClock } from "@selvage/testing";
import { describe, expect, test } from "vitest";

import { ProviderHealth } from "../src/selection/provider-health.ts";
import { provider } from "./providers.ts";

const { nodeId } = provider(1);

function bench(): {
  readonly clock: ManualClock;
  readonly health: ProviderHealth;
  /** Another process runs at the provider from now on; `undefined`: nobody knows which one. */
  restart(bootId: string | undefined): void;
} {
  const clock = new ManualClock();
  let present: string | undefined = "a";
  return {
    clock,
    health: new ProviderHealth(clock, () => present),
    restart: (bootId) => void (present = bootId),
  };
}

/** How long the provider is avoided from now on. */
async function avoidedMs({ clock, health }: ReturnType<typeof bench>): Promise<number> {
  const start = clock.now();
  while (health.share(nodeId) === 0) await clock.advance(10);
  return clock.now() - start;
}

describe("a provider", () => {
  test("is blameless at first, and others' verdicts do not concern it", () => {
    const { health } = bench();
    health.verdict(provider(2).nodeId);
    expect(health.share(nodeId)).toBe(1);
  });

  test("is avoided for a second after a verdict, then returns from a tenth to its full share", async () => {
    const self = bench();
    const { clock, health } = self;
    health.verdict(nodeId);
    expect(await avoidedMs(self)).toBe(1_000);
    expect(health.share(nodeId)).toBeCloseTo(0.1);
    await clock.advance(5_000);
    expect(health.share(nodeId)).toBeCloseTo(0.55);
    await clock.advance(5_000);
    expect(health.share(nodeId)).toBe(1);
  });

  test("is avoided twice as long at each further verdict, up to a minute", async () => {
    const self = bench();
    const times: number[] = [];
    for (let i = 0; i < 9; i++) {
      self.health.verdict(nodeId);
      times.push(await avoidedMs(self));
    }
    expect(times).toEqual([1, 2, 4, 8, 16, 32, 60, 60, 60].map((seconds) => 1_000 * seconds));
  });

  test("gets no further doubling by verdicts of the same trouble, only more time", async () => {
    const self = bench();
    self.health.verdict(nodeId);
    await self.clock.advance(900);
    for (let i = 0; i < 5; i++) self.health.verdict(nodeId);
    expect(await avoidedMs(self)).toBe(1_000);
  });

  test("starts over after ten minutes without a verdict", async () => {
    const self = bench();
    for (let i = 0; i < 4; i++) {
      self.health.verdict(nodeId);
      await avoidedMs(self);
    }
    await self.clock.advance(600_000);
    self.health.verdict(nodeId);
    expect(await avoidedMs(self)).toBe(1_000);
  });

  test("starts over as a new process", async () => {
    const self = bench();
    self.health.verdict(nodeId);
    self.restart("b");
    expect(self.health.share(nodeId)).toBe(1);
    self.health.verdict(nodeId);
    expect(await avoidedMs(self)).toBe(1_000);
  });

  test("keeps its blame as the same process, however often it is lost and found", async () => {
    const self = bench();
    self.health.verdict(nodeId);
    await avoidedMs(self);
    self.restart(undefined);
    expect(self.health.share(nodeId)).toBeCloseTo(0.1);
    self.restart("a");
    self.health.verdict(nodeId);
    expect(await avoidedMs(self)).toBe(2_000);
  });
});

test("remembers a bounded number of providers, the latest to blame", async () => {
  const { clock, health } = bench();
  health.verdict(nodeId);
  for (let i = 0; i < 5_000; i++) {
    await Promise.resolve();
    health.verdict(i.toString(16).padStart(32, "0") as typeof nodeId);
    if (i === 0) await clock.advance(1);
  }
  expect(health.share(nodeId)).toBe(1);
  expect(health.share((4_999).toString(16).padStart(32, "0") as typeof nodeId)).toBe(0);
});
