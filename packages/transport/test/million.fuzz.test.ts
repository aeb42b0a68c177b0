import { expect, test } from "vitest";

import { expectHarmless, fuzz } from "./fuzz/fuzz.ts";

/** Packets of one run; the more runs, the more different sessions and seeds. */
const PACKETS_PER_RUN = 50_000;
const RUNS = 20;

test("a million bad packets harm nobody but their senders", async () => {
  const total = {
    sealed: 0,
    mutatedBeforeSealing: 0,
    mutatedAfterSealing: 0,
    sessions: 0,
    calls: 0,
  };
  for (let seed = 1; seed <= RUNS; seed++) {
    const result = await fuzz(seed, PACKETS_PER_RUN);
    expectHarmless(result);
    for (const key of Object.keys(total) as (keyof typeof total)[]) total[key] += result[key];
  }
  process.stdout.write(`${JSON.stringify(total)}\n`);
  expect(total.sealed + total.mutatedAfterSealing).toBeGreaterThanOrEqual(1_000_000);
  expect(total.mutatedBeforeSealing).toBeGreaterThanOrEqual(500_000);
});
