import { expect, test } from "vitest";

import { checkProperties } from "../src/index.ts";

const KNOWN: ReadonlySet<string> = new Set(["port", "host"]);

test.each([{}, { port: 1 }, { host: undefined, port: 1 }])("%o has only what is known", (given) => {
  expect(() => checkProperties("options", given, KNOWN)).not.toThrow();
});

test("a misspelt property is named, and so are those that there are", () => {
  expect(() => checkProperties("options", { prot: 1 }, KNOWN)).toThrow(
    new TypeError('options has no property "prot", only port, host'),
  );
  expect(() => checkProperties("options", { prot: undefined }, KNOWN)).toThrow(TypeError);
});
