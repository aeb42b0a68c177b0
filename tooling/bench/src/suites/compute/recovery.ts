import { RecoveryRegistry } from "@selvage/compute";

import { medianMicros } from "../../measure/timing.ts";
import type { Sample } from "../../suite.ts";

/** One handler in so many has a slot to report; the others find everything well. */
const RECOVERING = 100;

/** What a tick costs with so many handlers, and what calling them without a registry would. */
export function recoveryFigures(count: number, ms: number): Sample[] {
  measure(count, ms);
  return measure(count, ms);
}

function measure(count: number, ms: number): Sample[] {
  // A closure for each, as groups have them.
  const handlers = Array.from({ length: count }, (_, n) => {
    const slots = n % RECOVERING === 0 ? [n] : [];
    return (): readonly number[] => slots;
  });
  const registry = new RecoveryRegistry();
  for (const handler of handlers) registry.register(handler);
  const expected = Math.ceil(count / RECOVERING);
  const run = (metric: string, act: () => readonly number[]): Sample => {
    const value = medianMicros(ms, () => {
      if (act().length !== expected) throw new Error("slots are missing");
    });
    return { metric, unit: "µs", value };
  };
  const figures = [
    run("tryRunAll", () => registry.tryRunAll()),
    run("calls", () => {
      const recovered: number[] = [];
      for (const handler of handlers) {
        for (const slot of handler()) recovered.push(slot);
      }
      return recovered;
    }),
  ];
  if (registry.len() !== count) throw new Error("a handler was lost");
  return figures;
}
