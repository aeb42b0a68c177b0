import fc from "fast-check";
import { expect, test } from "vitest";

import { formatOffer, serviceKey, serviceTag, type ServiceOffer } from "../src/index.ts";
import { parseOffer } from "../src/service-tags.ts";

const defaults = { name: "greet", version: "1.0", priority: 0, weight: 1 };

test("a service is found by its tag and described under its key", () => {
  expect([serviceTag("a/b"), serviceKey("a/b")]).toEqual(["nrpc:a/b", "nrpc::a/b"]);
});

test("an offer is read as it was written", () => {
  const offer = fc.record({
    name: fc.constant("greet"),
    version: fc.tuple(fc.nat(999), fc.nat(999)).map((parts) => parts.join(".")),
    priority: fc.maxSafeNat(),
    weight: fc.double({ min: 0.001, max: 1_000, noNaN: true }),
    schemaHash: fc.option(fc.stringMatching(/^[0-9a-f]{16}$/), { nil: undefined }),
  });
  fc.assert(
    fc.property(offer, (given: ServiceOffer) => {
      expect(parseOffer("greet", formatOffer(given))).toEqual(given);
    }),
  );
});

test.each<[string | undefined, Partial<ServiceOffer>]>([
  [undefined, {}],
  ["", {}],
  ["nonsense", {}],
  ["3.1", { version: "3.1" }],
  ["3.1;p=2", { version: "3.1", priority: 2 }],
  ["3.1;w=0.5;p=2;future=yes", { version: "3.1", priority: 2, weight: 0.5 }],
  ["1.0;s=00112233aabbccdd", { schemaHash: "00112233aabbccdd" }],
  ["1.0;s=00112233AABBCCDD", {}],
  ["1.0;s=short", {}],
  ["1.0;p=-1;w=-1", {}],
  ["1.0;p=1.5;w=0", {}],
  ["1.0;p=x;w=NaN", {}],
  ["1.0;p=;w=1e9", {}],
  ["1.0;p=Infinity;w=Infinity", {}],
])("%j is read with the defaults for what it lacks", (value, expected) => {
  expect(parseOffer("greet", value)).toEqual({ ...defaults, ...expected });
});

test("whatever a provider announces, an offer has sense", () => {
  fc.assert(
    fc.property(fc.string(), fc.string(), (version, rest) => {
      const { priority, weight } = parseOffer("greet", `${version};p=${rest};w=${rest}`);
      expect(Number.isSafeInteger(priority) && priority >= 0).toBe(true);
      expect(weight > 0 && weight <= 1_000).toBe(true);
    }),
  );
});
