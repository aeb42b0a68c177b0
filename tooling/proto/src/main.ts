import { existsSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import path from "node:path";

import { listFiles, readPackages, workspaceRoot } from "@selvage/tooling-workspace";

import { generate, generatedPath } from "./generate.ts";

const isCheck = process.argv.includes("--check");
const folders = [
  ...readPackages("packages").map(({ directory }) => path.join(directory, "src/wire")),
  path.join(workspaceRoot, "tooling/proto/test"),
];

const drifted: string[] = [];
for (const folder of folders) {
  const protoPaths = listFiles(folder, ".proto");
  const expected = new Map<string, string>();
  for (const protoPath of protoPaths) {
    expected.set(generatedPath(protoPath), await generate(protoPath));
  }
  for (const orphan of listFiles(folder, ".gen.ts").filter((file) => !expected.has(file))) {
    drifted.push(orphan);
    if (!isCheck) rmSync(orphan);
  }
  for (const [file, text] of expected) {
    if (existsSync(file) && readFileSync(file, "utf8") === text) continue;
    drifted.push(file);
    if (!isCheck) writeFileSync(file, text);
  }
}

for (const file of drifted) {
  console.log(`${isCheck ? "out of date" : "wrote"}: ${path.relative(workspaceRoot, file)}`);
}
if (isCheck && drifted.length > 0) {
  console.error("Generated codecs differ from their .proto files: run `pnpm proto`.");
  process.exitCode = 1;
}
