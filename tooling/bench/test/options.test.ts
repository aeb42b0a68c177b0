import { describe, expect, test } from "vitest";

import { readOptions, type UsageError } from "../src/options.ts";

function complaint(...args: string[]): string {
  try {
    readOptions(args);
  } catch (error) {
    return (error as UsageError).message;
  }
  throw new Error("nothing was wrong");
}

describe("the command line", () => {
  test("a suite alone leaves everything to the suite", () => {
    expect(readOptions(["nrpc"])).toEqual({
      suite: "nrpc",
      rounds: undefined,
      measureMs: undefined,
      json: false,
    });
  });

  test("options go before or behind the suite, and behind a lone --", () => {
    const wanted = { suite: "nrpc", rounds: 3, measureMs: 20, json: true };
    expect(readOptions(["--rounds", "3", "--json", "nrpc", "--measure-ms", "20"])).toEqual(wanted);
    expect(readOptions(["nrpc", "--", "--rounds=3", "--measure-ms=20", "--json"])).toEqual(wanted);
  });

  test("--help asks for help, whatever else is there", () => {
    expect(readOptions(["nrpc", "--help"])).toBeUndefined();
  });

  test("what makes no sense is told by name and value", () => {
    expect(complaint()).toBe("which suite?");
    expect(complaint("nrpc", "bus")).toBe("one suite at a time, got nrpc, bus");
    expect(complaint("nrpc", "--rounds", "0")).toContain("--rounds must be a whole number of 1");
    expect(complaint("nrpc", "--measure-ms", "1.5")).toContain('got "1.5"');
    expect(complaint("nrpc", "--fast")).toContain("--fast");
  });
});
