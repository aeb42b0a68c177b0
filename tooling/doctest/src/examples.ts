/** One fenced block of TypeScript in a Markdown file. */
export interface Example {
  /** Line of the fence, one-based. */
  readonly line: number;
  readonly code: string;
  /** False for a fence that says `ts no-run`: it must still type-check. */
  readonly runs: boolean;
}

const FENCE = /^(?<indent> *)```ts(?<flags>(?: [^\n`]*)?)\n(?<code>.*?)^\k<indent>```$/gms;

/** Finds the fences that are marked `ts`, in order. */
export function extractExamples(markdown: string): Example[] {
  return [...markdown.matchAll(FENCE)].map(({ index, groups }) => ({
    line: markdown.slice(0, index).split("\n").length,
    code: groups?.["code"] ?? "",
    runs: !groups?.["flags"]?.split(/\s+/).includes("no-run"),
  }));
}
