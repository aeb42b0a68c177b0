import { utf8 } from "@selvage/core";
import { describe, expect, test } from "vitest";

import {
  MAX_KEPT_REPORT_BYTES,
  MAX_KEPT_REPORTS,
  MAX_TRANSFER_PART_BYTES,
} from "../../src/defaults.ts";
import { KeptReports } from "../../src/hosting/kept-reports.ts";
import { inParts, joinAnswer, PartsReader } from "../../src/hosting/parts.ts";
import { TransferBudget } from "../../src/hosting/transfer-budget.ts";
import { kindOf } from "../kind-of.ts";
import { failureOf } from "./host-world.ts";

async function* sent(...parts: readonly unknown[]): AsyncGenerator {
  for (const part of parts) yield await Promise.resolve(part);
}

describe("what travels in parts", () => {
  test.each([
    0,
    1,
    MAX_TRANSFER_PART_BYTES,
    MAX_TRANSFER_PART_BYTES + 1,
    3 * MAX_TRANSFER_PART_BYTES,
  ])("arrives whole: %d bytes", async (length) => {
    const whole = Uint8Array.from({ length }, (_, i) => i % 251);
    const parts = [...inParts(whole, utf8("head"))];
    expect(parts.every((part) => part.length <= MAX_TRANSFER_PART_BYTES)).toBe(true);
    const reader = new PartsReader(sent(...parts));
    expect(await reader.head()).toEqual(utf8("head"));
    expect(await reader.rest(length)).toEqual(whole);
    expect(await joinAnswer(sent(...inParts(whole)), length)).toEqual(whole);
  });

  test("must be as long as announced, and consist of bytes", async () => {
    const rest = async (bytes: number, ...parts: readonly unknown[]) =>
      failureOf(new PartsReader(sent(...parts)).rest(bytes));
    expect(await rest(3, utf8("ab"))).toEqual(["bad-command", "never"]);
    expect(await rest(3, utf8("ab"), utf8("cd"))).toEqual(["bad-command", "never"]);
    expect(await rest(3, "abc")).toEqual(["bad-command", "never"]);
    expect(await failureOf(new PartsReader(sent()).head())).toEqual(["bad-command", "never"]);
    expect(await failureOf(joinAnswer(sent(utf8("abc")), 2))).toEqual(["state-too-large", "maybe"]);
  });
});

test("so much is put together at once, and no more, until something is over", () => {
  const budget = new TransferBudget(100);
  const first = budget.take(60);
  expect(kindOf(() => budget.take(101))).toBe("state-too-large");
  expect(kindOf(() => budget.take(41))).toBe("buffer-full");
  budget.take(40)[Symbol.dispose]();
  first[Symbol.dispose]();
  first[Symbol.dispose]();
  budget.take(100);
  expect(kindOf(() => budget.take(1))).toBe("buffer-full");
});

describe("reports that wait", () => {
  test("are as many as may wait, and make room when they are acknowledged", () => {
    const reports = new KeptReports();
    for (let i = 0; i < MAX_KEPT_REPORTS; i++) reports.keep(utf8(String(i)));
    expect(kindOf(() => reports.keep(utf8("more")))).toBe("buffer-full");
    const ids = reports.list().map(({ id }) => id);
    reports.acknowledge([...ids.slice(0, 2), 999]);
    reports.keep(utf8("more"));
    expect([reports.count, reports.list().at(-1)?.report]).toEqual([
      MAX_KEPT_REPORTS - 1,
      utf8("more"),
    ]);
  });

  test("are as large as may wait", () => {
    const reports = new KeptReports();
    reports.keep(new Uint8Array(MAX_KEPT_REPORT_BYTES));
    expect(kindOf(() => reports.keep(new Uint8Array(1)))).toBe("buffer-full");
    reports.acknowledge(reports.list().map(({ id }) => id));
    reports.keep(new Uint8Array(1));
    expect(reports.count).toBe(1);
  });
});
