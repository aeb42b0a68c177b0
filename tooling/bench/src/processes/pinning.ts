import { execFile } from "node:child_process";
import { readFileSync } from "node:fs";
import { promisify } from "node:util";

/** Two processor cores, by their numbers. */
export type CorePair = readonly [server: number, client: number];

/**
 * Two cores for the event loops of a server and a client. Left alone, the scheduler puts two
 * processes that wait for each other on one core in one run and on two in the next, which is a
 * difference of almost a factor of two. `undefined` where there are no two cores or no way to
 * choose: then it stays with that.
 */
export async function findCorePair(): Promise<CorePair | undefined> {
  if (process.platform !== "linux") return undefined;
  try {
    const [first, second] = parseCoreList(allowedCores());
    if (first === undefined || second === undefined) return undefined;
    await taskset(["-p", String(process.pid)]);
    return [first, second];
  } catch {
    return undefined;
  }
}

/** Keeps the event loop of a process on a core. Its helper threads (GC, compiler) stay free. */
export async function pinEventLoop(pid: number, core: number): Promise<void> {
  await taskset(["-c", "-p", String(core), String(pid)]);
}

/** Reads a list of the kernel's, `0-2,8`. */
export function parseCoreList(list: string): number[] {
  return list.split(",").flatMap((range) => {
    const [, from, to = from] = /^(\d+)(?:-(\d+))?$/u.exec(range) ?? [];
    if (from === undefined) return [];
    const first = Number(from);
    return Array.from({ length: Number(to) - first + 1 }, (_, i) => first + i);
  });
}

function allowedCores(): string {
  const status = readFileSync("/proc/self/status", "utf8");
  return /^Cpus_allowed_list:\s*(\S+)$/mu.exec(status)?.[1] ?? "";
}

const taskset = (args: readonly string[]) => promisify(execFile)("taskset", args);
