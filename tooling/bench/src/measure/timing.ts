import { median } from "../stats.ts";

/** The most single runs that a measurement remembers. */
const MAX_RUNS = 20_000;

/**
 * The median time of one run in microseconds, over about so many milliseconds. `prepare` comes
 * before each run and is not counted; nor is the first run, which may find things that are read once
 * and kept.
 */
export function medianMicros(
  ms: number,
  run: (number: number) => void,
  prepare: (number: number) => void = () => {},
): number {
  const times: number[] = [];
  prepare(0);
  run(0);
  const end = performance.now() + ms;
  for (let number = 1; number === 1 || (number < MAX_RUNS && performance.now() < end); number++) {
    prepare(number);
    const begin = performance.now();
    run(number);
    times.push(performance.now() - begin);
  }
  return median(times) * 1_000;
}

/** The same of something that takes turns of the event loop. */
export async function medianMicrosOf(ms: number, run: () => Promise<void>): Promise<number> {
  const times: number[] = [];
  await run();
  const end = performance.now() + ms;
  do {
    const begin = performance.now();
    await run();
    times.push(performance.now() - begin);
  } while (times.length < MAX_RUNS && performance.now() < end);
  return median(times) * 1_000;
}

/**
 * How often per second something can be done all in one go, `count` things at a time. `prepare` comes
 * before each go and is not counted.
 */
export function perSecond(
  ms: number,
  count: number,
  run: () => void,
  prepare: () => void = () => {},
): number {
  let done = 0;
  let elapsedMs = 0;
  do {
    prepare();
    const begin = performance.now();
    run();
    elapsedMs += performance.now() - begin;
    done += count;
  } while (elapsedMs < ms);
  return (done * 1_000) / elapsedMs;
}
