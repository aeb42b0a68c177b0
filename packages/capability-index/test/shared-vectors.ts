import { existsSync, readFileSync } from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";

const repository = fileURLToPath(new URL("../../../", import.meta.url));

/**
 * Reads a published vector file from the folder that `SELVAGE_VECTORS` names, else from
 * `../shared/vectors` beside the repository; `undefined`, with one loud line, where neither has it.
 */
export function readSharedVectors(name: string): unknown {
  const configured = process.env["SELVAGE_VECTORS"];
  const folders = [configured, path.resolve(repository, "../shared/vectors")];
  const file = folders
    .filter((folder) => folder !== undefined)
    .map((folder) => path.join(folder, name))
    .find((candidate) => existsSync(candidate));
  if (file === undefined) {
    process.stderr.write(`SKIPPED: no ${name}; point SELVAGE_VECTORS at the published vectors\n`);
    return undefined;
  }
  return JSON.parse(readFileSync(file, "utf8"));
}
