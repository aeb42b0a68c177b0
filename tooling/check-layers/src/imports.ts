import { parseSync } from "oxc-parser";

export interface Import {
  readonly specifier: string;
  /** One-based. */
  readonly line: number;
}

/** Lists what a module imports or re-exports, types included. Computed `import()`s are left out. */
export function importsOf(file: string, source: string): Import[] {
  const { module } = parseSync(file, source);
  const lineAt = (offset: number): number => source.slice(0, offset).split("\n").length;
  const found: Import[] = [];
  for (const { moduleRequest } of module.staticImports) {
    found.push({ specifier: moduleRequest.value, line: lineAt(moduleRequest.start) });
  }
  for (const { entries } of module.staticExports) {
    for (const { moduleRequest } of entries) {
      if (moduleRequest) {
        found.push({ specifier: moduleRequest.value, line: lineAt(moduleRequest.start) });
      }
    }
  }
  for (const { moduleRequest } of module.dynamicImports) {
    const literal = /^(["'])(?<specifier>.*)\1$/.exec(
      source.slice(moduleRequest.start, moduleRequest.end),
    );
    const specifier = literal?.groups?.["specifier"];
    if (specifier !== undefined) found.push({ specifier, line: lineAt(moduleRequest.start) });
  }
  return found;
}

/** `@scope/name/sub` → `@scope/name`; `undefined` for relative and `node:` specifiers. */
export function packageOf(specifier: string): string | undefined {
  if (specifier.startsWith(".") || specifier.startsWith("node:")) return undefined;
  return specifier
    .split("/")
    .slice(0, specifier.startsWith("@") ? 2 : 1)
    .join("/");
}
