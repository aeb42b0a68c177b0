import { readFileSync } from "node:fs";
import path from "node:path";

import { format, type FormatConfig } from "oxfmt";

import { workspaceRoot } from "./packages.ts";

/**
 * Formats a text as `pnpm format` would.
 *
 * @throws Error when the text does not parse.
 */
export async function formatText(file: string, text: string): Promise<string> {
  const options: FormatConfig = JSON.parse(
    readFileSync(path.join(workspaceRoot, ".oxfmtrc.json"), "utf8"),
  );
  const { code, errors } = await format(file, text, options);
  const [error] = errors;
  if (error) throw new Error(`${file} does not parse: ${error.message}`);
  return code;
}
