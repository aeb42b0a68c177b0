import { readFile } from "node:fs/promises";
import path from "node:path";

import { format, type FormatConfig } from "oxfmt";

import { emitModule } from "./emit.ts";
import { parseSchema } from "./schema.ts";

/** Where the module of a `.proto` file lies. */
export function generatedPath(protoPath: string): string {
  return protoPath.replace(/\.proto$/, ".gen.ts");
}

/** Compiles one `.proto` file to the formatted text of its module. */
export async function generate(protoPath: string, formatOptions: FormatConfig): Promise<string> {
  const schema = parseSchema(await readFile(protoPath, "utf8"), protoPath);
  const text = emitModule(schema, path.basename(protoPath));
  const { code, errors } = await format(generatedPath(protoPath), text, formatOptions);
  const [error] = errors;
  if (error) throw new Error(`${protoPath}: the generated module does not parse: ${error.message}`);
  return code;
}
