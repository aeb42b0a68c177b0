import { describe, expect, test } from "vitest";

import { Liveness } from "../src/session/liveness.ts";

const FLOOR = 150;
const CAP = 2_000;
/** A quick path. */
const PTO = 5;

/** A judge who heard nothing yet. */
function judge(): Liveness {
  return new Liveness({ floorMs: FLOOR, capMs: CAP, probeIntervalMs: 50 });
}

/** Runs the timer as a session would, up to `until`; gives what was due when. */
function run(liveness: Liveness, until: number, ptoMs: number = PTO): string[] {
  const steps: string[] = [];
  for (;;) {
    const at = liveness.nextAt(ptoMs);
    if (at === undefined || at > until) return steps;
    const step = liveness.step(at, ptoMs);
    steps.push(`${at} ${step}`);
    if (step === "verdict") {
      liveness.declareUnresponsive();
      return steps;
    }
  }
}

test("nobody is judged while nothing waits for an acknowledgement", () => {
  const liveness = judge();
  expect(run(liveness, 1e9)).toEqual([]);
  expect([liveness.responsive, liveness.silentSince]).toEqual([true, undefined]);
  expect(liveness.step(1e9, PTO)).toBeUndefined();
});

test("silence is probed twice and then judged at the floor", () => {
  const liveness = judge();
  liveness.onSent(1_000);
  expect(run(liveness, 2_000)).toEqual(["1050 probe", "1100 probe", "1150 verdict"]);
  expect(liveness.responsive).toBe(false);
});

test("further packets do not start the silence anew", () => {
  const liveness = judge();
  liveness.onSent(1_000);
  liveness.onSent(1_140);
  expect(liveness.silentSince).toBe(1_000);
});

test("progress starts the silence anew, or ends it when nothing is left", () => {
  const liveness = judge();
  liveness.onSent(0);
  expect(liveness.onProgress(140, true, 0)).toBe(false);
  expect(liveness.silentSince).toBe(140);
  expect(liveness.onProgress(150, false, 0)).toBe(false);
  expect(liveness.silentSince).toBeUndefined();
});

test("only progress clears a verdict, and it says so", () => {
  const liveness = judge();
  liveness.onSent(0);
  run(liveness, 1_000);
  liveness.onSent(900);
  expect(liveness.responsive).toBe(false);
  expect(liveness.onProgress(1_000, false, 0)).toBe(true);
  expect(liveness.responsive).toBe(true);
});

describe("the threshold", () => {
  test("is the floor on a quick path, three probe timeouts on a slow one, and capped", () => {
    const liveness = judge();
    expect([1, 50, 51, 200, 666, 10_000].map((pto) => liveness.thresholdMs(pto))).toEqual([
      150, 150, 153, 600, 1_998, 2_000,
    ]);
  });

  test("is twice the event-loop delay that the peer reports, if that is more", () => {
    const liveness = judge();
    liveness.onProgress(0, false, 400);
    expect(liveness.thresholdMs(PTO)).toBe(800);
    liveness.onProgress(1, false, 5_000);
    expect(liveness.thresholdMs(PTO)).toBe(CAP);
    liveness.onProgress(2, false, 10);
    expect(liveness.thresholdMs(PTO)).toBe(FLOOR);
  });
});

test("no verdict falls before two probes went out, however late the timer comes", () => {
  const liveness = judge();
  liveness.onSent(0);
  expect(liveness.step(5_000, PTO)).toBe("probe");
  expect(liveness.step(5_000, PTO)).toBeUndefined();
  expect(liveness.step(5_050, PTO)).toBe("probe");
  expect(liveness.step(5_050, PTO)).toBe("verdict");
});

describe("our own stall", () => {
  test("of up to 50 ms is no excuse", () => {
    const liveness = judge();
    liveness.onSent(0);
    liveness.onOwnStall(50, 50);
    expect(liveness.silentSince).toBe(0);
  });

  test("is taken off the silence, and off the probes", () => {
    const liveness = judge();
    liveness.onSent(0);
    liveness.onOwnStall(600, 600);
    expect(run(liveness, 2_000)).toEqual(["650 probe", "700 probe", "750 verdict"]);
  });

  test("that was over when the waiting began does not put the verdict off", () => {
    const liveness = judge();
    liveness.onSent(1_000);
    liveness.onOwnStall(1_010, 4_000);
    expect(run(liveness, 2_000)).toEqual(["1060 probe", "1110 probe", "1160 verdict"]);
  });

  test("means nothing while nobody is waited for", () => {
    const liveness = judge();
    liveness.onOwnStall(600, 600);
    expect(liveness.nextAt(PTO)).toBeUndefined();
  });
});

test("a refused port is asked about at once, but judged no sooner", () => {
  const liveness = judge();
  liveness.onSent(0);
  liveness.onRefused(3);
  expect(run(liveness, 1_000).map((step) => step.split(" ")[0])).toEqual(["3", "53", "103", "150"]);
});

test("a refused port that nobody waits for is no reason to ask", () => {
  const liveness = judge();
  liveness.onRefused(3);
  expect(liveness.nextAt(PTO)).toBeUndefined();
});

test("a peer that stays silent is probed ever more slowly, but for ever", () => {
  const liveness = judge();
  liveness.onSent(0);
  run(liveness, 200);
  const times = run(liveness, 60_000).map((step) => Number(step.split(" ")[0]));
  const gaps = times.slice(1).map((time, i) => time - (times[i] ?? 0));
  expect(gaps[0]).toBe(50);
  expect(gaps.at(-1)).toBe(500);
  expect(gaps.toSorted((a, b) => a - b)).toEqual(gaps);
});
