import { expect, test } from "vitest";

import { CapabilitySet, formatSubnetId, SubnetPolicy, type SubnetRule } from "../../src/index.ts";

const policy = new SubnetPolicy([
  { level: 2, values: { "fleet:blue": 7, "fleet:red": 3 } },
  { level: 1, values: { "software.region=eu": 1 } },
  { level: 1, values: { "region:us": 2 } },
  { level: 4, values: { "rack:9": 9 } },
]);

test.each<[readonly string[], string]>([
  [[], "0.0.0.0"],
  [["other"], "0.0.0.0"],
  [["region:us"], "2.0.0.0"],
  [["software.region:eu"], "1.0.0.0"],
  [["region:us", "fleet:blue"], "2.7.0.0"],
  // The lowest number, whatever the order of rules and tags.
  [["region:us", "software.region=eu", "fleet:blue", "fleet:red"], "1.3.0.0"],
  // A level without one above it says nothing.
  [["fleet:blue"], "0.0.0.0"],
  [["region:us", "fleet:red", "rack:9"], "2.3.0.0"],
])("tags %j put a node in %s", (tags, expected) => {
  expect(formatSubnetId(policy.assign(CapabilitySet.empty.withTags(...tags)))).toBe(expected);
});

test.each<[SubnetRule, RegExp]>([
  [{ level: 5 as 4, values: {} }, /level .* 1 to 4, got 5/],
  [{ level: 0 as 1, values: {} }, /level .* got 0/],
  [{ level: 1, values: { a: 0 } }, /"a" .* 1 to 255, got 0/],
  [{ level: 1, values: { a: 256 } }, /got 256/],
  [{ level: 1, values: { a: 1.5 } }, /got 1.5/],
])("a rule such as %j is refused", (rule, message) => {
  expect(() => new SubnetPolicy([rule])).toThrow(RangeError);
  expect(() => new SubnetPolicy([rule])).toThrow(message);
});
