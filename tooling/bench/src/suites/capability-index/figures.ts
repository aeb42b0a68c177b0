import { type CapabilityIndex, type CapabilityRequirement, where } from "@selvage/capability-index";

import { collectGarbage } from "../../measure/memory.ts";
import { medianMicros } from "../../measure/timing.ts";
import type { Sample } from "../../suite.ts";
import { announcementOf, createIndex, MODELS, PROVIDERS, serviceOf } from "./fleet.ts";
import { bytesPerEntry } from "./memory.ts";
import { verifiedPerSecond } from "./verified.ts";
import { fanOutMicros } from "./watching.ts";

/** Services that are asked for in turn: as many as a busy node calls. */
const SERVICES = 64;

/** Asks of one entry in a hundred, of which each must be looked at. */
const best: CapabilityRequirement = {
  filter: { requireModels: ["model-7"] },
  preferMoreMemory: 1,
};

/** A question for some of those with one model, which is one entry in a hundred. */
const narrow = where.all(
  where.tag("hardware.memory_gb").atLeast(64),
  where.tag("software.model.0.id").equals("model-9"),
);

/** A question that no list helps with. */
const wide = where.metadata("zone").equals("zone-7");

/** All figures of an index of this size; measured twice, of which the first time warms up. */
export async function indexFigures(size: number, ms: number): Promise<Sample[]> {
  const memory = bytesPerEntry(size);
  await measure(size, ms);
  const figures = await measure(size, ms);
  return [...figures, { metric: "bytesPerEntry", unit: "bytes", value: memory }];
}

async function measure(size: number, ms: number): Promise<Sample[]> {
  const fleet = Array.from({ length: size }, (_, n) => announcementOf(n, size));
  const fill = (): CapabilityIndex => {
    const index = createIndex(size);
    for (const announcement of fleet) index.apply(announcement);
    return index;
  };
  collectGarbage();
  const insertMicros = medianMicros(ms, () => void fill());
  const index = fill();
  let version = 1;
  /** A node says something else than before. */
  const change = (n: number): void => {
    index.apply(announcementOf(n % size, size, ++version));
  };
  /** The same, by one of those who are asked for next. */
  const changeProvider = (number: number): void =>
    change((number % SERVICES) + (number % PROVIDERS) * (size / PROVIDERS));
  const changeModel = (number: number): void => change(7 + MODELS * number);
  const findProviders = (number: number): void =>
    void index.find({ tags: [serviceOf(number % SERVICES, size)] });
  /** A node says again what it said. */
  const renew = (number: number): void => {
    const announcement = fleet[number % size];
    if (announcement !== undefined) index.apply({ ...announcement, version: 1e9 + number });
  };
  const micros = (
    metric: string,
    run: (number: number) => void,
    prepare?: (number: number) => void,
  ): Sample => ({ metric, unit: "µs", value: medianMicros(ms, run, prepare) });
  return [
    { metric: "insert", unit: "entries/s", value: (size * 1e6) / insertMicros },
    { metric: "insertVerified", unit: "entries/s", value: verifiedPerSecond(ms) },
    micros("selective", findProviders, changeProvider),
    micros("selectiveCached", findProviders),
    micros("broad", () => void index.find({ tags: ["nrpc:health"] }), change),
    micros("findBest", () => void index.findBest(best), changeModel),
    micros("findBestOfAll", () => void index.findBest({ preferMoreMemory: 1 }), changeModel),
    micros("predicate", () => void index.find({ where: narrow }), change),
    micros("predicateScan", () => void index.find({ where: wide }), change),
    micros("digest", () => void index.digest(), change),
    { metric: "watch256", unit: "µs/change", value: await fanOutMicros(ms, index, size) },
    micros("renew", renew),
  ];
}
