import { toHex, utf8 } from "@selvage/core";
import fc from "fast-check";
import { expect, test } from "vitest";

import { signatureInput } from "../src/index.ts";

const parts = fc.array(fc.uint8Array({ maxLength: 6 }), { maxLength: 4 });
const label = fc.string({ maxLength: 6 });

test("signature inputs are equal only for the same label and the same parts", () => {
  fc.assert(
    fc.property(label, parts, label, parts, (labelA, partsA, labelB, partsB) => {
      const same =
        labelA === labelB &&
        JSON.stringify(partsA.map(toHex)) === JSON.stringify(partsB.map(toHex));
      const [a, b] = [signatureInput(labelA, ...partsA), signatureInput(labelB, ...partsB)];
      expect(toHex(a) === toHex(b)).toBe(same);
    }),
    { numRuns: 500 },
  );
});

test("a byte moved from one part to the next gives another input", () => {
  const whole = utf8("abcdef");
  const inputs = [0, 1, 2, 3, 4, 5, 6].map((cut) =>
    toHex(signatureInput("l", whole.subarray(0, cut), whole.subarray(cut))),
  );
  expect(new Set(inputs).size).toBe(7);
});

test("the format is the label and the parts behind four-byte big-endian lengths", () => {
  expect(toHex(signatureInput("ab", utf8("c"), utf8("")))).toBe("000000026162000000016300000000");
});
