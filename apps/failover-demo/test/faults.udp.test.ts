import { describe, expect, test } from "vitest";

import { isGone, pidsOf, reportOf, startDemo, succeeded } from "./run-demo.ts";

const survived = {
  mode: "retry",
  calls: 400,
  errors: 0,
  before: { provider: "primary" },
  after: { provider: "standby" },
};

describe("the demo", () => {
  test.each([
    ["kill", { pinned: { failed: true, kind: "timeout" } }],
    ["freeze", { pinned: { failed: true, kind: "timeout" } }],
    ["close", { pinned: { failed: true, kind: "no-route" }, retries: 0, moves: 0 }],
  ])("survives %s without an error, and leaves no process behind", async (fault, particular) => {
    const run = startDemo(["--fault", fault, "--calls", "400", "--json"]);
    await succeeded(run);
    const report = reportOf(run);
    expect(report).toMatchObject({ fault, ...survived, ...particular });
    expect(report.answeredBy.primary + report.answeredBy.standby).toBe(400);
    expect(report.answeredBy.standby).toBeGreaterThan(100);
    expect(report.failoverMs).toBeGreaterThan(0);
    expect(run.stdout.trimEnd().split("\n")).toHaveLength(1);
    expect(pidsOf(run.stderr)).toHaveLength(fault === "freeze" ? 2 : 3);
    expect(pidsOf(run.stderr).filter((pid) => !isGone(pid))).toEqual([]);
  });

  test("survives a kill by hedging", async () => {
    const run = startDemo(["--mode", "hedge", "--calls", "400", "--json"]);
    await succeeded(run);
    expect(reportOf(run)).toMatchObject({ ...survived, mode: "hedge" });
  });

  test("shows without retries what they are for, and takes that for no failure", async () => {
    const run = startDemo(["--mode", "plain", "--calls", "400", "--json"]);
    await succeeded(run);
    const { errors, after } = reportOf(run);
    expect(errors).toBeGreaterThan(0);
    expect(after).toEqual({ provider: null });
    expect(run.stderr).toContain("✗ no caller saw an error");
  });

  test.each(["kill", "freeze", "close"])("plays %s in one process too", async (fault) => {
    const run = startDemo(["--in-process", "--fault", fault, "--calls", "400", "--json"]);
    await succeeded(run);
    expect(reportOf(run)).toMatchObject({ fault, ...survived });
    expect(pidsOf(run.stderr)).toEqual([]);
  });

  test("tells the story in plain lines where there is no terminal, ending with four ticks", async () => {
    const run = startDemo(["--calls", "100"]);
    await succeeded(run);
    expect(run.stderr).toBe("");
    expect(run.stdout).not.toContain("\u{1B}");
    // On a busy machine the primary may be silent for long enough to be passed over.
    expect(run.stdout).toMatch(/first call: answered by the (primary|standby)/u);
    expect(run.stdout).toMatch(/the primary is used again/u);
    expect(run.stdout.trimEnd().split("\n").slice(-4)).toEqual([
      expect.stringMatching(/^✓ both calls returned a valid summary/u),
      expect.stringMatching(/^✓ the second one came from the standby/u),
      expect.stringMatching(/^✓ no caller saw an error/u),
      expect.stringMatching(/^✓ the call pinned to the primary's node id failed/u),
    ]);
  });
});
