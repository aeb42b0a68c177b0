import { describe, expect, test } from "vitest";

import {
  compareSubnetIds,
  formatSubnetId,
  isSubnetAncestor,
  isVisibleTo,
  parseSubnetId,
  ROOT_SUBNET,
  subnetId,
  subnetLevels,
  type SubnetVisibility,
} from "../../src/index.ts";

const subnet = parseSubnetId;

describe("a subnet id", () => {
  test("is written with all four levels, and read with fewer too", () => {
    expect(formatSubnetId(subnet("3.7"))).toBe("3.7.0.0");
    expect(formatSubnetId(subnet("255.255.255.255"))).toBe("255.255.255.255");
    expect(formatSubnetId(ROOT_SUBNET)).toBe("0.0.0.0");
    expect(subnet("3.7")).toBe(subnet("3.7.0.0"));
    expect(subnet("3.7.2")).toBe(subnetId(3, 7, 2));
    expect(subnetLevels(subnet("200.7.2.1"))).toEqual([200, 7, 2, 1]);
    expect(subnetId()).toBe(ROOT_SUBNET);
  });

  test.each(["", "a", "1.", ".1", "1..2", "1.2.3.4.5", "-1", "1.2 ", "0x1", "1e1"])(
    "is not read from %j",
    (text) => expect(() => subnet(text)).toThrow(TypeError),
  );

  test.each(["256", "999.1", "1.0.2", "0.1"])("has no levels as in %j", (text) =>
    expect(() => subnet(text)).toThrow(RangeError),
  );

  test.each([[1.5], [-1], [Number.NaN], [1, 2, 3, 4, 5]])("has no levels such as %j", (...levels) =>
    expect(() => subnetId(...levels)).toThrow(RangeError),
  );

  test("sorts right before what it contains", () => {
    const sorted = ["0.0.0.0", "1.0.0.0", "1.2.0.0", "1.2.9.0", "1.3.0.0", "200.0.0.0"];
    const shuffled = [5, 2, 0, 4, 3, 1].map((i) => subnet(sorted[i] ?? ""));
    expect(shuffled.toSorted(compareSubnetIds).map(formatSubnetId)).toEqual(sorted);
  });

  test.each([
    ["1", "1.2", true],
    ["1", "1.2.3.4", true],
    ["0", "1.2", true],
    ["1.2", "1.2", false],
    ["0", "0", false],
    ["1.2", "1", false],
    ["1.2", "1.3.1", false],
    ["2", "1.2", false],
  ])("%s contains %s: %s", (ancestor, of, expected) => {
    expect(isSubnetAncestor(subnet(ancestor), subnet(of))).toBe(expected);
  });
});

describe("visibility", () => {
  test.each<[string, string, readonly SubnetVisibility[]]>([
    ["1.2", "1.2", ["global", "subnet-local", "parent-visible"]],
    ["1", "1.2", ["global", "parent-visible"]],
    ["1.2.3", "1", ["global", "parent-visible"]],
    ["0", "1.2.3.4", ["global", "parent-visible"]],
    ["1.2", "1.3", ["global"]],
    ["1.2", "2.2", ["global"]],
  ])("of what is offered in %s and looked for in %s: %j", (offered, seenFrom, seen) => {
    const all = ["global", "subnet-local", "parent-visible"] as const;
    expect(all.filter((each) => isVisibleTo(each, subnet(offered), subnet(seenFrom)))).toEqual(
      seen,
    );
    expect(all.filter((each) => isVisibleTo(each, subnet(seenFrom), subnet(offered)))).toEqual(
      seen,
    );
  });

  test("of a kind that there is not is refused", () => {
    const unknown = "exported" as SubnetVisibility;
    expect(() => isVisibleTo(unknown, ROOT_SUBNET, ROOT_SUBNET)).toThrow(/got "exported"/);
  });
});
