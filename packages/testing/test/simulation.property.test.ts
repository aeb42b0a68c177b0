import { pick, randomInt } from "@selvage/core";
import fc from "fast-check";
import { expect, test } from "vitest";

import { createSimulation, type Simulation } from "../src/index.ts";
import { socket, text } from "./helpers.ts";

/** Four nodes that gossip at random intervals over bad links while the scenario breaks things. */
async function gossip(seed: number, disturb?: (sim: Simulation) => void): Promise<Simulation> {
  const sim = createSimulation({
    seed,
    link: { latencyMs: 2, jitterMs: 5, lossRate: 0.1, duplicateRate: 0.05, reorderRate: 0.05 },
  });
  const names = ["a", "b", "c", "d"];
  const start = (name: string, restarted = false): void => {
    const node = restarted ? sim.restart(name) : sim.node(name, { skewPpm: names.indexOf(name) });
    const mine = socket(node, (content, from) => {
      if (node.random.next() < 0.5) mine.send(`${content}!`.slice(0, 40), { address: from });
    });
    const speak = (): void => {
      const peer = `10.0.0.${1 + Math.floor(node.random.next() * names.length)}:40000`;
      mine.send(`${name} ${node.clock.now()}`, { address: peer });
      node.clock.setTimeout(speak, node.random.next() * 50);
    };
    speak();
  };
  for (const name of names) start(name);
  const choice = sim.random.split("faults");
  const fault = (): void => {
    const name = pick(choice, names) ?? "a";
    const act = randomInt(choice, 6);
    if (act === 0) start(name, true);
    if (act === 1) sim.freeze(name);
    if (act === 2) sim.thaw(name);
    if (act === 3) sim.network.isolate(name);
    if (act === 4) sim.network.heal();
    if (act === 5) sim.suspend(name, 100);
    sim.after(100, fault);
  };
  sim.after(100, fault);
  disturb?.(sim);
  await sim.runFor(2000);
  return sim;
}

test("equal seeds give equal runs, to the last byte and turn", async () => {
  await fc.assert(
    fc.asyncProperty(fc.integer(), async (seed) => {
      const [one, two] = [await gossip(seed), await gossip(seed)];
      expect(one.stats().delivered).toBeGreaterThan(20);
      expect(two.traceHash).toBe(one.traceHash);
      expect(two.stats()).toEqual(one.stats());
    }),
    { numRuns: 15 },
  );
});

test("other seeds give other runs", async () => {
  const hashes = new Set<string>();
  for (let seed = 0; seed < 10; seed++) hashes.add((await gossip(seed)).traceHash);
  expect(hashes.size).toBe(10);
});

test("the trace hash shows one byte, one timer or one fault more", async () => {
  const plain = (await gossip(1)).traceHash;
  const hashes = new Set([plain]);
  const inject = (content: string) => (sim: Simulation) =>
    sim.network.inject(text(content), { from: "x", to: "10.0.0.1:40000", delayMs: 1990 });
  hashes.add((await gossip(1, inject("some"))).traceHash);
  hashes.add((await gossip(1, inject("same"))).traceHash);
  hashes.add((await gossip(1, (sim) => sim.node("e").clock.setTimeout(() => {}, 9))).traceHash);
  hashes.add((await gossip(1, (sim) => sim.after(1999, () => sim.freeze("b")))).traceHash);
  expect(hashes.size).toBe(5);
});

test("keeps the newest trace lines if asked to", async () => {
  const sim = createSimulation({ seed: 1, traceLines: 3 });
  const { clock } = sim.node("a");
  for (const ms of [1, 2, 3, 4]) clock.setTimeout(() => {}, ms);
  await sim.runFor(10);
  sim.kill("a");
  expect(sim.traceLines).toEqual(["3 a: timer", "4 a: timer", "10 fault: kill a"]);
  expect(createSimulation({ seed: 1 }).traceLines).toEqual([]);
});

test("remarks of a scenario are in the trace and in its hash", () => {
  const remarked = (remark: string): Simulation => {
    const sim = createSimulation({ seed: 1, traceLines: 1 });
    sim.note(remark);
    return sim;
  };
  expect(remarked("the flood begins").traceLines).toEqual(["0 note: the flood begins"]);
  expect(remarked("one").traceHash).toBe(remarked("one").traceHash);
  expect(remarked("one").traceHash).not.toBe(remarked("other").traceHash);
});
