import { describe, expect, test } from "vitest";

import { extractExamples } from "../src/examples.ts";

const fence = "```";

describe("extractExamples", () => {
  test("takes the fences marked ts, with their lines", () => {
    const markdown = `# Title\n\n${fence}ts\nconst a = 1;\n${fence}\n\n${fence}sh\nnpm i\n${fence}\n\n${fence}ts no-run\nb();\n${fence}\n`;
    expect(extractExamples(markdown)).toEqual([
      { line: 3, code: "const a = 1;\n", runs: true },
      { line: 11, code: "b();\n", runs: false },
    ]);
  });

  test("leaves other languages that start with ts alone", () => {
    expect(extractExamples(`${fence}tsx\n<a />\n${fence}\n`)).toEqual([]);
  });
});
