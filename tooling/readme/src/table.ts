import path from "node:path";

import type { WorkspacePackage } from "@selvage/tooling-workspace";

const START = "<!-- packages:start -->";
const END = "<!-- packages:end -->";

/** The table of packages, lowest layer first; what is no layer comes last. */
export function packageTable(packages: readonly WorkspacePackage[]): string {
  const rows = packages
    .toSorted((a, b) => rank(a) - rank(b) || a.manifest.name.localeCompare(b.manifest.name))
    .map(({ directory, manifest: { name, description, version, selvage } }) => {
      const layer = typeof selvage?.layer === "number" ? selvage.layer : "–";
      const link = `[\`${name}\`](packages/${path.basename(directory)})`;
      return `| ${layer} | ${link} | ${description} | ${version} |`;
    });
  return [
    "| Layer | Package | What it does | Version |",
    "| --- | --- | --- | --- |",
    ...rows,
  ].join("\n");
}

/** Replaces what stands between the markers. */
export function replaceTable(readme: string, table: string): string {
  const start = readme.indexOf(START);
  const end = readme.indexOf(END);
  if (start < 0 || end < start) throw new Error(`README.md: put ${START} and ${END} into it`);
  return `${readme.slice(0, start + START.length)}\n\n${table}\n\n${readme.slice(end)}`;
}

function rank({ manifest }: WorkspacePackage): number {
  const layer = manifest.selvage?.layer;
  return typeof layer === "number" ? layer : Number.POSITIVE_INFINITY;
}
