import { readFile } from "node:fs/promises";
import path from "node:path";

import { formatText } from "@selvage/tooling-workspace";

import { emitModule } from "./emit.ts";
import { parseSchema } from "./schema.ts";

/** Where the module of a `.proto` file lies. */
export function generatedPath(protoPath: string): string {
  return protoPath.replace(/\.proto$/, ".gen.ts");
}

/** Compiles one `.proto` file to the text of its module. */
export async function generate(protoPath: string): Promise<string> {
  const schema = parseSchema(await readFile(protoPath, "utf8"), protoPath);
  return await formatText(generatedPath(protoPath), emitModule(schema, path.basename(protoPath)));
}
