import { type Random, randomInt } from "@selvage/core";
import { CapabilitySet } from "@selvage/mesh";
import { serviceTag } from "@selvage/nrpc";

import { chance, logBetween } from "../world/draw.ts";

/** Services that nodes serve now and then. */
export const SERVICES: readonly string[] = Array.from({ length: 8 }, (_, i) => `sim/s${i}`);

/** Metadata that tells one set from all others of its node … */
const SERIAL = "sim.serial";
/** … and some that makes it large. */
const BALLAST = "sim.ballast";

/** Tags that many sets have in common. */
const TAGS = [
  "hardware.gpu",
  "hardware.cpu_cores=8",
  "hardware.memory_gb=64",
  "software.os=linux",
  "software.runtime.node:20.20.2",
  "devices.camera",
  "eu",
  "batch",
] as const;

/** A set that its node never said before. */
export function drawWords(random: Random, serial: number): CapabilitySet {
  const common = TAGS.filter(() => chance(random, 0.4));
  const own = Array.from({ length: randomInt(random, 6) }, (_, i) => `sim.own${serial % 7}=${i}`);
  const ballast = chance(random, 0.9) ? randomInt(random, 200) : logBetween(random, 500, 12_000);
  return CapabilitySet.empty
    .withTags(...common, ...own)
    .withMetadata(SERIAL, String(serial))
    .withMetadata(BALLAST, "x".repeat(ballast));
}

const keys: WeakMap<CapabilitySet, string> = new WeakMap();

/** A text that is the same for sets that say the same. */
export function keyOf(set: CapabilitySet): string {
  let key = keys.get(set);
  if (key === undefined) {
    const ballast = set.metadata.get(BALLAST)?.length ?? 0;
    key = [set.metadata.get(SERIAL) ?? "nothing", ballast, ...set.tags].join(" ");
    keys.set(set, key);
  }
  return key;
}

/** {@link keyOf} of what a node announces that says `set` and serves services. */
export const keyWith = (set: CapabilitySet, services: Iterable<string>): string =>
  keyOf(set.withTags(...Array.from(services, serviceTag)));
