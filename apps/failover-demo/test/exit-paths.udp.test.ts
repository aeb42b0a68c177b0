import { constants } from "node:os";

import { describe, expect, test, vi } from "vitest";

import { isDead, isGone, pidsOf, startDemo, untilPrinted } from "./run-demo.ts";

/** Many calls: the run is in its middle for as long as a test may need. */
const long = ["--calls", "20000"];
const frozen = "the primary is frozen";
const isWindows = process.platform === "win32";

describe.skipIf(isWindows)("no provider process is left", () => {
  test.each(["SIGINT", "SIGTERM", "SIGHUP"] as const)(
    "after %s, though one of them is stopped",
    async (signal) => {
      const run = startDemo(["--fault", "freeze", "--calls", "400"]);
      await untilPrinted(run, frozen);
      run.process.kill(signal);
      expect(await run.ended).toBe(128 + constants.signals[signal]);
      expect(pidsOf(run.stdout)).toHaveLength(2);
      expect(pidsOf(run.stdout).filter((pid) => !isGone(pid))).toEqual([]);
    },
  );

  test("after Ctrl-C in the middle of steady calls", async () => {
    const run = startDemo(long);
    await untilPrinted(run, "first call");
    run.process.kill("SIGINT");
    expect(await run.ended).toBe(130);
    expect(pidsOf(run.stdout).filter((pid) => !isGone(pid))).toEqual([]);
  });

  test("after the main process itself was killed, though one of them is stopped", async () => {
    const run = startDemo(["--fault", "freeze", "--calls", "400"]);
    await untilPrinted(run, frozen);
    run.process.kill("SIGKILL");
    expect(await run.ended).toBe("SIGKILL");
    const pids = pidsOf(run.stdout);
    expect(pids).toHaveLength(2);
    await vi.waitFor(() => expect(pids.filter((pid) => !isDead(pid))).toEqual([]), {
      timeout: 10_000,
    });
  });

  test("after nobody reads its output any more", async () => {
    const run = startDemo(["--calls", "400"]);
    await untilPrinted(run, "first call");
    const pids = pidsOf(run.stdout);
    run.process.stdout?.destroy();
    expect(await run.ended).toBe(1);
    await vi.waitFor(() => expect(pids.filter((pid) => !isDead(pid))).toEqual([]), {
      timeout: 10_000,
    });
  });
});
