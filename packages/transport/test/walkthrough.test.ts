import { readFile, writeFile } from "node:fs/promises";

import { expect, test } from "vitest";

import { walkthrough } from "./walkthrough.ts";

const DOCUMENT = new URL("../../../docs/wire-protocol.md", import.meta.url);
const HEADING = "## 9. A handshake and a message, byte by byte\n";

/** `SELVAGE_UPDATE_DOCS=1` writes the document's last section anew. */
test("the wire protocol's walk-through is what travels", async () => {
  const document = await readFile(DOCUMENT, "utf8");
  const at = document.indexOf("### Given", document.indexOf(HEADING));
  expect(at).toBeGreaterThan(0);
  const expected = await walkthrough();
  if (process.env["SELVAGE_UPDATE_DOCS"] === "1") {
    await writeFile(DOCUMENT, document.slice(0, at) + expected);
  } else {
    expect(document.slice(at)).toBe(expected);
  }
});
