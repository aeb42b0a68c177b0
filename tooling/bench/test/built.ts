import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";

import type { BenchReport } from "../src/report.ts";
import { formatSkipped } from "../src/table.ts";

/** A module as it is built: process suites run what users run. */
export function built(name: string): URL {
  const module = new URL(`../dist/${name}`, import.meta.url);
  if (!existsSync(module)) throw new Error(`${fileURLToPath(module)} is missing: run "tsc -b"`);
  return module;
}

/** A tiny run of the command, which must have nothing to complain of but missing contestants. */
export async function runBench(suite: string): Promise<BenchReport> {
  const args = [fileURLToPath(built("main.js")), suite, "--rounds=1", "--measure-ms=20", "--json"];
  const { stdout, stderr } = await promisify(execFile)(process.execPath, args);
  const report = JSON.parse(stdout.trimEnd().split("\n").at(-1) ?? "") as BenchReport;
  const told = report.skipped.map((each) => `${formatSkipped(each)}\n`).join("");
  if (stderr !== told) throw new Error(stderr);
  return report;
}
