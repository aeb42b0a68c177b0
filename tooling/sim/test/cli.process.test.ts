import { execFile } from "node:child_process";
import path from "node:path";

import { describe, expect, test } from "vitest";

const main = path.join(import.meta.dirname, "../dist/main.js");

interface Ended {
  readonly code: number | string | null | undefined;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs the built command as a process of its own. */
function sim(...args: readonly string[]): Promise<Ended> {
  return new Promise((resolve) => {
    execFile(process.execPath, [main, ...args], (error, stdout, stderr) => {
      resolve({ code: error === null ? 0 : error.code, stdout, stderr });
    });
  });
}

const lastLineOf = (text: string): string => text.trimEnd().split("\n").at(-1) ?? "";

describe("pnpm sim", () => {
  test("prints one line of JSON, and ends well", async () => {
    const args = ["--scenario", "failover", "--seeds", "2", "--json"];
    const [one, other] = [await sim(...args), await sim(...args)];
    expect(one).toMatchObject({ code: 0, stderr: "" });
    expect(one.stdout.trimEnd()).toBe(lastLineOf(one.stdout));
    const report = JSON.parse(one.stdout) as Record<string, unknown>;
    expect(report).toMatchObject({ scenario: "failover", seeds: 2, violations: 0 });
    expect(report["traceHash"]).toMatch(/^[0-9a-f]{16}$/);
    expect(one.stdout).toBe(other.stdout);
  });

  test("tells the same on several threads", async () => {
    const args = ["--scenario", "transport", "--seeds", "4", "--json"];
    const [one, other] = [await sim(...args), await sim(...args, "--jobs", "2")];
    expect(other).toEqual(one);
    expect(JSON.parse(one.stdout)).toMatchObject({ scenario: "transport", seeds: 4 });
  });

  test("prints a summary for people, and the trace tail of a single seed", async () => {
    const { code, stdout } = await sim("--scenario", "failover", "--seed", "3");
    expect(code).toBe(0);
    expect(stdout).toMatch(/^violations +0$/m);
    expect(stdout).toMatch(/^[\d.]+ (alpha|beta|gamma|caller): \w+$/m);
  });

  test("ends badly on a violation, and says how to see it again", async () => {
    const args = ["--scenario", "failover", "--seed", "1", "--plant", "handler-twice", "--json"];
    const { code, stdout, stderr } = await sim(...args);
    expect(code).toBe(1);
    expect(JSON.parse(stdout)).toMatchObject({ seeds: 1, violations: 5 });
    expect(stderr).toContain("ran-twice");
    expect(stderr).toMatch(
      /^ {2}repeat \(commit \S+, Node v\d+\S+\): pnpm sim --scenario failover --seed 1 --plant handler-twice$/m,
    );
  });

  test.each([
    [[], "--scenario is missing"],
    [["--scenario", "weather"], 'there is no scenario "weather"'],
    [["--scenario", "failover", "--plant", "moths"], 'no planted bug "moths"'],
    [["--scenario", "failover", "--seeds", "0"], "--seeds"],
  ])("%j is refused with usage and code 2", async (args, reason) => {
    const { code, stdout, stderr } = await sim(...args);
    expect([code, stdout]).toEqual([2, ""]);
    expect(stderr).toContain(reason);
    expect(stderr).toContain("usage: pnpm sim");
  });

  test("tells what there is", async () => {
    const { code, stdout } = await sim("--help");
    expect(code).toBe(0);
    for (const word of ["failover", "answer-owed", "dedup-off", "index", "came-back", "no-sync"]) {
      expect(stdout).toContain(word);
    }
  });
});
