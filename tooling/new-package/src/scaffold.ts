import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";

import { formatText, listFiles } from "@selvage/tooling-workspace";

export interface NewPackage {
  /** Without the scope, kebab-case. */
  readonly name: string;
  /** Packages may only use layers below their own. */
  readonly layer: number;
  /** One sentence: if it takes two, it is two packages. */
  readonly description: string;
}

const templates = fileURLToPath(new URL("../template", import.meta.url));
const SUFFIX = ".template";

/** The files of a new package, formatted: path below its folder → text. */
export async function scaffold(created: NewPackage): Promise<Map<string, string>> {
  const { name, layer, description } = created;
  const Name = name.replaceAll(/(?:^|-)(.)/g, (_, letter: string) => letter.toUpperCase());
  const camel = Name.charAt(0).toLowerCase() + Name.slice(1);
  const values: Readonly<Record<string, string>> = {
    name,
    Name,
    camel,
    layer: String(layer),
    description,
  };
  const fill = (text: string): string =>
    text.replaceAll(/\{\{(\w+)\}\}/g, (hole, key: string) => values[key] ?? hole);
  const files = new Map<string, string>();
  for (const template of listFiles(templates, SUFFIX)) {
    const file = path.relative(templates, template).slice(0, -SUFFIX.length);
    files.set(file, await formatText(file, fill(readFileSync(template, "utf8"))));
  }
  return files;
}

/** Writes the files of a new package into `root/packages` and adds it to the build. */
export async function addPackage(root: string, created: NewPackage): Promise<string> {
  const directory = path.join(root, "packages", created.name);
  if (existsSync(directory)) throw new RangeError(`packages/${created.name} exists already`);
  for (const [file, text] of await scaffold(created)) {
    mkdirSync(path.dirname(path.join(directory, file)), { recursive: true });
    writeFileSync(path.join(directory, file), text);
  }
  const solution = path.join(root, "tsconfig.json");
  const before = readFileSync(solution, "utf8");
  const after = before.replace(
    /( *)\{ "path": "apps\//,
    (match, indent: string) => `${indent}{ "path": "packages/${created.name}" },\n${match}`,
  );
  if (after === before) throw new Error("tsconfig.json: found no place for the new reference");
  writeFileSync(solution, after);
  return directory;
}
