import { compareUtf8 } from "../../text-order.ts";
import type { SortedTags } from "../sorted-tags.ts";
import { text } from "./field.ts";
import { isModelTag } from "./models.ts";
import { type Fields, type Given, readRecord, writeRecord } from "./record.ts";
import { scanValues } from "./scan.ts";
import { isToolTag } from "./tools.ts";

/** Versions by name, in the order of the names' UTF-8 bytes. */
export type Versions = ReadonlyMap<string, string>;

/** What a node runs; what it does not say is empty. */
export interface Software {
  readonly os: string;
  readonly osVersion: string;
  readonly cudaVersion: string;
  /** Of Python, Node, … */
  readonly runtimes: Versions;
  /** Of PyTorch, … */
  readonly frameworks: Versions;
  readonly drivers: Versions;
}

/** {@link Versions} as they are given to a set. */
export type VersionsConfig = Versions | Readonly<Record<string, string>>;

/** {@link Software} as it is given to a set: what is left out goes without saying. */
export interface SoftwareConfig extends Given<Omit<Software, keyof typeof namedVersions>> {
  readonly runtimes?: VersionsConfig | undefined;
  readonly frameworks?: VersionsConfig | undefined;
  readonly drivers?: VersionsConfig | undefined;
}

/** How single texts are written, after `software.`. */
export const softwareFields: Fields<Pick<Software, "os" | "osVersion" | "cudaVersion">> = {
  os: text("os"),
  osVersion: text("os_version"),
  cudaVersion: text("cuda_version"),
};

/** How versions by name are written, after `software.` and before the name. */
export const namedVersions = {
  runtimes: "runtime.",
  frameworks: "framework.",
  drivers: "driver.",
} as const;

const START = "software.";

/** Whether a tag says something of the software. */
export function isSoftwareTag(tag: string): boolean {
  return tag.startsWith(START) && !isModelTag(tag) && !isToolTag(tag);
}

/** The tags of software. */
export function writeSoftware({
  runtimes,
  frameworks,
  drivers,
  ...rest
}: SoftwareConfig): string[] {
  return [
    ...writeRecord(softwareFields, rest, START, "software"),
    ...writeVersions("runtimes", runtimes),
    ...writeVersions("frameworks", frameworks),
    ...writeVersions("drivers", drivers),
  ];
}

/** The software that tags tell of. */
export function readSoftware(tags: SortedTags): Software {
  return Object.freeze({
    ...readRecord(softwareFields, scanValues(tags, START)),
    runtimes: readVersions(tags, "runtimes"),
    frameworks: readVersions(tags, "frameworks"),
    drivers: readVersions(tags, "drivers"),
  });
}

function writeVersions(property: keyof typeof namedVersions, given: VersionsConfig = {}): string[] {
  const versions = given instanceof Map ? [...given] : Object.entries(given);
  return versions.map(([name, version]: readonly [string, string]) => {
    if (!isVersionName(name)) {
      throw new RangeError(
        `software.${property} must have names without "=", ":" and ".", got "${name.slice(0, 64)}"`,
      );
    }
    if (version === "") throw new RangeError(`software.${property}.${name} must not be empty`);
    return `${START}${namedVersions[property]}${name}=${version}`;
  });
}

function readVersions(tags: SortedTags, property: keyof typeof namedVersions): Versions {
  const found = [...scanValues(tags, START + namedVersions[property])];
  return new Map(
    found
      .filter(([name, version]) => isVersionName(name) && version !== "")
      .toSorted(([a], [b]) => compareUtf8(a, b)),
  );
}

/** Names with these characters, or none, would be read as something else. */
function isVersionName(name: string): boolean {
  return name !== "" && !/[=:.]/.test(name);
}
