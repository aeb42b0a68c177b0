import type { Clock } from "@selvage/core";

/** A clock in which a timer of at least `longMs` that is taken back stays set now and then. */
export const leakyTimers = (longMs: number): ((clock: Clock) => Clock) =>
  withTimers((clock) => {
    let taken = 0;
    return (fn, ms) => {
      const timer = clock.setTimeout(fn, ms);
      if (ms < longMs || ++taken % 5 > 0) return timer;
      return { ...timer, [Symbol.dispose]: () => {} };
    };
  });

/** A clock of which a timer's callback throws now and then. */
export const throwingTimers: (clock: Clock) => Clock = withTimers((clock) => {
  let taken = 0;
  return (fn, ms) => {
    taken++;
    return clock.setTimeout(taken % 500 > 0 ? fn : throwBug, ms);
  };
});

/** A clock with timers of its own. */
function withTimers(make: (clock: Clock) => Clock["setTimeout"]): (clock: Clock) => Clock {
  return (clock) => ({
    now: () => clock.now(),
    wallNow: () => clock.wallNow(),
    sleep: (ms, options) => clock.sleep(ms, options),
    endOfTurn: (fn) => clock.endOfTurn(fn),
    setTimeout: make(clock),
  });
}

function throwBug(): never {
  throw new Error("a planted bug");
}
