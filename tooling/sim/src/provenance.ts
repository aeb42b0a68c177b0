import { execFileSync } from "node:child_process";

/** What a run can be repeated with, besides its seed. */
export interface Provenance {
  /** Abbreviated, with a `+` when files were changed since. */
  readonly commit: string;
  readonly node: string;
}

/** The commit and the Node version in use. */
export function readProvenance(): Provenance {
  const commit = git("rev-parse", "--short=12", "HEAD");
  if (commit === undefined) return { commit: "unknown", node: process.version };
  const isChanged = git("status", "--porcelain") !== "";
  return { commit: isChanged ? `${commit}+` : commit, node: process.version };
}

function git(...args: readonly string[]): string | undefined {
  try {
    return execFileSync("git", args, {
      cwd: import.meta.dirname,
      encoding: "utf8",
      stdio: ["ignore", "pipe", "ignore"],
    }).trim();
  } catch {
    return undefined;
  }
}
