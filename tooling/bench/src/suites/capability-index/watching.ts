import type { CapabilityIndex } from "@selvage/capability-index";

import { announcementOf, serviceOf } from "./fleet.ts";

/** As many as an index allows. */
const WATCHERS = 256;
/** Changes that are announced again and again, each time in a later version. */
const CHANGES = 2_048;
/** Changes between two turns of the event loop. */
const BATCH = 64;

/**
 * What a change costs while so many live queries ask for a service each, until the readers of those
 * that it matters to have it.
 */
export async function fanOutMicros(
  ms: number,
  index: CapabilityIndex,
  size: number,
): Promise<number> {
  const stop = new AbortController();
  let heard = 0;
  const readers = Array.from({ length: WATCHERS }, async (_, n) => {
    const watch = index.watch({ tags: [serviceOf(n, size)] }, { signal: stop.signal });
    for await (const { type } of watch) if (type === "updated") heard++;
  });
  const changes = Array.from({ length: CHANGES }, (_, i) =>
    announcementOf(i % WATCHERS, size, 1e6 + i),
  );
  await nextTurn();
  let done = 0;
  const begin = performance.now();
  do {
    for (let i = 0; i < BATCH; i++, done++) {
      const change = changes[done % CHANGES];
      if (change !== undefined) index.apply({ ...change, version: nextVersion++ });
      // Readers are faster than what they read.
      await Promise.resolve();
    }
    await nextTurn();
  } while (performance.now() < begin + ms);
  const elapsedMs = performance.now() - begin;
  stop.abort();
  await Promise.all(readers);
  if (heard < done) throw new Error(`of ${done} changes only ${heard} were heard of`);
  return (elapsedMs * 1_000) / done;
}

let nextVersion = 1e7;

const nextTurn = (): Promise<void> => new Promise((resolve) => void setImmediate(resolve));
