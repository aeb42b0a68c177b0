import { describe, expect, test } from "vitest";

import {
  encodePredicate,
  isCapabilityError,
  MAX_PREDICATE_HEADER_BYTES,
  type Predicate,
  type PredicateFault,
  readWhereHeader,
  where,
  WHERE_HEADER,
  whereHeader,
} from "../../src/index.ts";

const gpu = where.tag("hardware.gpu").exists();
const owner = where.metadata("owner");

function faultOf(value: string): PredicateFault | undefined {
  try {
    readWhereHeader([[WHERE_HEADER, value]]);
    return undefined;
  } catch (error) {
    if (!isCapabilityError(error, "bad-predicate")) throw error;
    return error.reason;
  }
}

test("what was put into a header is read from it", () => {
  const metadata = whereHeader(gpu.and(owner.equals("älice 🦀")));
  expect(Object.keys(metadata)).toEqual(["net-where"]);
  expect(readWhereHeader(Object.entries(metadata))).toEqual(
    JSON.parse(JSON.stringify(gpu.and(owner.equals("älice 🦀")))),
  );
  expect(readWhereHeader(new Map(Object.entries(metadata)))?.kind).toBe("and");
});

test("of several headers the first counts, and other names do not", () => {
  const headers: [string, string][] = [
    ["Net-Where", "not read"],
    [WHERE_HEADER, whereHeader(gpu)[WHERE_HEADER]],
    [WHERE_HEADER, whereHeader(owner.exists())[WHERE_HEADER]],
  ];
  expect(readWhereHeader(headers)?.kind).toBe("exists");
});

test("without the header there is no predicate", () => {
  expect(readWhereHeader([])).toBeUndefined();
  expect(readWhereHeader([["NET-WHERE", "{}"]])).toBeUndefined();
});

describe("a header that cannot be read is refused, not passed over", () => {
  test.each<[PredicateFault, string]>([
    ["bad-json", ""],
    ["bad-json", "{"],
    ["bad-json", "{'nodes':[]}"],
    ["bad-node", "null"],
    ["bad-node", "[]"],
    ["empty", '{"nodes":[],"root_idx":0}'],
    ["oversize", " ".repeat(MAX_PREDICATE_HEADER_BYTES + 1)],
    ["oversize", "é".repeat(MAX_PREDICATE_HEADER_BYTES / 2 + 1)],
  ])("%s", (fault, value) => {
    expect(faultOf(value)).toBe(fault);
  });

  test("and its text stays out of the error", () => {
    try {
      readWhereHeader([[WHERE_HEADER, "my-secret"]]);
      expect.unreachable();
    } catch (error) {
      expect(String(error)).toBe("CapabilityError: [bad-predicate] net-where is not JSON");
      expect(error).not.toHaveProperty("cause");
    }
  });

  test("the size is checked before anything is parsed", () => {
    const padded = JSON.stringify(encodePredicate(gpu)).padEnd(MAX_PREDICATE_HEADER_BYTES + 1);
    expect(faultOf(padded)).toBe("oversize");
    expect(faultOf(padded.slice(0, -1))).toBeUndefined();
  });
});

describe("what the other side would refuse is not sent", () => {
  test("too many bytes", () => {
    const room = MAX_PREDICATE_HEADER_BYTES - whereHeader(owner.equals(""))[WHERE_HEADER].length;
    const full = owner.equals("x".repeat(room));
    expect(whereHeader(full)[WHERE_HEADER]).toHaveLength(MAX_PREDICATE_HEADER_BYTES);
    expect(() => whereHeader(owner.equals("x".repeat(room + 1)))).toThrow("[oversize]");
    expect(() => whereHeader(owner.equals("é".repeat(room / 2 + 1)))).toThrow("[oversize]");
  });

  test("too deep, and too many when written out", () => {
    let deep: Predicate = gpu;
    for (let i = 0; i < 300; i++) deep = where.not(deep);
    expect(() => whereHeader(deep)).toThrow("at most 256 levels, got 301");
    let wide: Predicate = gpu;
    for (let i = 0; i < 64; i++) wide = where.all(wide, wide);
    expect(() => whereHeader(wide)).toThrow("at most 4096 nodes");
  });
});
