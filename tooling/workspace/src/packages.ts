import { existsSync, readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";

/** Folders of the workspace that hold packages. */
export type PackageGroup = "apps" | "packages" | "tooling";

/** The part of a package.json that the tools read. */
export interface Manifest {
  readonly name: string;
  readonly version: string;
  readonly description?: string;
  readonly exports?: Readonly<Record<string, string | Readonly<Record<string, string>>>>;
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly devDependencies?: Readonly<Record<string, string>>;
  readonly peerDependencies?: Readonly<Record<string, string>>;
  readonly selvage?: { readonly layer: number | string };
}

export interface WorkspacePackage {
  readonly group: PackageGroup;
  /** Absolute path of the folder. */
  readonly directory: string;
  readonly manifest: Manifest;
}

/** Absolute path of the repository. */
export const workspaceRoot: string = fileURLToPath(new URL("../../..", import.meta.url));

/** Reads the manifests of the named groups, sorted by folder. */
export function readPackages(...groups: readonly PackageGroup[]): WorkspacePackage[] {
  return groups.flatMap((group) =>
    readdirSync(path.join(workspaceRoot, group))
      .toSorted()
      .map((name) => path.join(workspaceRoot, group, name))
      .filter((directory) => existsSync(path.join(directory, "package.json")))
      .map((directory) => ({ group, directory, manifest: readManifest(directory) })),
  );
}

/** Absolute paths of the files below a folder, sorted; none if the folder does not exist. */
export function listFiles(directory: string, extension: string): string[] {
  if (!existsSync(directory)) return [];
  return readdirSync(directory, { recursive: true, encoding: "utf8" })
    .filter((name) => name.endsWith(extension))
    .map((name) => path.join(directory, name))
    .toSorted();
}

function readManifest(directory: string): Manifest {
  const manifest: Manifest = JSON.parse(readFileSync(path.join(directory, "package.json"), "utf8"));
  return manifest;
}
