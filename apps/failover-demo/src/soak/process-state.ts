import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";

/** Whether a process is stopped by a signal or gone, as one is that only waits to be reaped. */
export function isOut(pid: number | undefined): boolean {
  if (pid === undefined) return true;
  try {
    const letter = process.platform === "linux" ? kernelsLetter(pid) : psLetter(pid);
    return /^[TtZX]/u.test(letter);
  } catch {
    return true;
  }
}

/** Field 3 of the kernel's line; the name before it is in brackets, and may have some of its own. */
function kernelsLetter(pid: number): string {
  const line = readFileSync(`/proc/${pid}/stat`, "utf8");
  return line.slice(line.lastIndexOf(")") + 2);
}

function psLetter(pid: number): string {
  return execFileSync("ps", ["-o", "stat=", "-p", String(pid)], { encoding: "utf8" });
}
