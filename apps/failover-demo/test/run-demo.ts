import { type ChildProcess, spawn } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

import { onTestFinished, vi } from "vitest";

import type { DemoReport } from "../src/report.ts";

const dist = new URL("../dist/", import.meta.url);

/** A module as it is built: process suites run what users run. */
export function builtModule(name: string): URL {
  const module = new URL(name, dist);
  if (!existsSync(module)) throw new Error(`${fileURLToPath(module)} is missing: run "tsc -b"`);
  return module;
}

/** A run of the demo. */
export interface DemoRun {
  readonly process: ChildProcess;
  readonly stdout: string;
  readonly stderr: string;
  /** Resolves with the exit code once the process is gone and its output is read. */
  readonly ended: Promise<number | string>;
}

/** Runs the demo with plain node. Whatever a failing test leaves of it is ended with the test. */
export function startDemo(args: readonly string[], { input }: { input?: string } = {}): DemoRun {
  const child = spawn(process.execPath, [fileURLToPath(builtModule("main.js")), ...args], {
    stdio: [input === undefined ? "ignore" : "pipe", "pipe", "pipe"],
  });
  const run = {
    process: child,
    stdout: "",
    stderr: "",
    ended: new Promise<number | string>((resolve) => {
      child.once("close", (code, signal) => resolve(code ?? signal ?? "SIGKILL"));
    }),
  };
  child.stdout?.setEncoding("utf8").on("data", (text: string) => (run.stdout += text));
  child.stderr?.setEncoding("utf8").on("data", (text: string) => (run.stderr += text));
  child.stdin?.end(input);
  onTestFinished(() => {
    for (const pid of [child.pid, ...pidsOf(run.stdout + run.stderr)]) {
      if (pid !== undefined && !isGone(pid)) process.kill(pid, "SIGKILL");
    }
  });
  return run;
}

/** Waits for the run to end with exit code 0. */
export async function succeeded(run: DemoRun): Promise<void> {
  const code = await run.ended;
  if (code !== 0) throw new Error(`the demo ended with ${code}: ${run.stderr}`);
}

/** Waits until the run has printed the text on stdout. */
export async function untilPrinted(run: DemoRun, text: string): Promise<void> {
  await vi.waitFor(
    () => {
      if (!run.stdout.includes(text)) throw new Error(`"${text}" not in: ${run.stdout}`);
    },
    { timeout: 30_000, interval: 5 },
  );
}

/** The last line of stdout, as `--json` promises it. */
export function reportOf({ stdout }: DemoRun): DemoReport {
  return JSON.parse(stdout.trimEnd().split("\n").at(-1) ?? "") as DemoReport;
}

/** The provider processes that the run told of. */
export function pidsOf(output: string): number[] {
  return [...output.matchAll(/\(pid (\d+),/gu)].map(([, pid]) => Number(pid));
}

/** Whether there is no such process any more; one that waits to be reaped is one. */
export function isGone(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return false;
  } catch {
    return true;
  }
}

/** Whether the process is gone or only waits for an init process to reap it. */
export function isDead(pid: number): boolean {
  if (isGone(pid)) return true;
  try {
    return /\) [ZX] /u.test(readFileSync(`/proc/${pid}/stat`, "utf8"));
  } catch {
    return isGone(pid);
  }
}
