import { median } from "../../stats.ts";

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

/** How often per second something can be done all in one go, `count` things at a time. */
export function perSecond(ms: number, count: number, run: () => void): number {
  let done = 0;
  const begin = performance.now();
  do {
    run();
    done += count;
  } while (performance.now() < begin + ms);
  return (done * 1_000) / (performance.now() - begin);
}
