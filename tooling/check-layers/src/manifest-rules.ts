import type { Manifest, WorkspacePackage } from "@selvage/tooling-workspace";

/** What stands beside the layers: it may import these, and only the workspace root may depend on it. */
const TESTING = "@selvage/testing";
const testingMayImport: ReadonlySet<string> = new Set(["@selvage/core", "@selvage/transport"]);

/** Siblings that a manifest names anywhere. */
export function siblingsOf(manifest: Manifest): string[] {
  const named = {
    ...manifest.dependencies,
    ...manifest.devDependencies,
    ...manifest.peerDependencies,
  };
  return Object.keys(named).filter((name) => name.startsWith("@selvage/"));
}

/** Why `from` must not depend on `to`, or `undefined` if it may. */
function edgeProblem(from: Manifest, to: Manifest): string | undefined {
  if (from.name === TESTING) {
    return testingMayImport.has(to.name) ? undefined : `only core and transport may be used here`;
  }
  if (to.name === TESTING) return "only the workspace root may depend on it";
  const above = from.selvage?.layer;
  const below = to.selvage?.layer;
  if (typeof above !== "number" || typeof below !== "number") return "it is not a layer";
  return below < above ? undefined : `layer ${above} may not use layer ${below}`;
}

/** Checks the layers and dependencies that the manifests of published packages declare. */
export function checkManifests(packages: readonly WorkspacePackage[]): string[] {
  const byName = new Map(packages.map(({ manifest }) => [manifest.name, manifest]));
  return packages.flatMap(({ manifest }) => {
    const layer = manifest.selvage?.layer;
    if (typeof layer !== "number" && manifest.name !== TESTING) {
      return [`${manifest.name}: package.json must say "selvage": { "layer": <number> }`];
    }
    return siblingsOf(manifest).flatMap((name) => {
      const to = byName.get(name);
      const problem = to ? edgeProblem(manifest, to) : "there is no such package";
      return problem === undefined ? [] : [`${manifest.name} depends on ${name}: ${problem}`];
    });
  });
}
