import { describe, expect, test } from "vitest";

import { DEFAULT_CALLS, MAX_CALLS, MIN_CALLS, parseOptions, UsageError } from "../src/options.ts";

describe("parseOptions", () => {
  test("kills the primary and retries unless told otherwise", () => {
    expect(parseOptions([])).toEqual({
      file: undefined,
      fault: "kill",
      mode: "retry",
      calls: DEFAULT_CALLS,
      json: false,
      inProcess: false,
      help: false,
    });
  });

  test("takes every option, and the file anywhere among them", () => {
    const args = "--fault freeze story.txt --mode=hedge --calls 400 --json --in-process";
    expect(parseOptions(args.split(" "))).toEqual({
      file: "story.txt",
      fault: "freeze",
      mode: "hedge",
      calls: 400,
      json: true,
      inProcess: true,
      help: false,
    });
  });

  test("takes a dash for stdin", () => {
    expect(parseOptions(["-"]).file).toBe("-");
  });

  test("forgives the -- that npm needs and pnpm passes on", () => {
    expect(parseOptions(["--", "--fault", "close"]).fault).toBe("close");
  });

  test.each([
    [["--bogus"], "unknown option '--bogus'"],
    [["--fault", "melt"], '--fault is kill, freeze, close, got "melt"'],
    [["--mode", "hope"], '--mode is retry, hedge, plain, got "hope"'],
    [["--calls", `${MIN_CALLS - 1}`], `--calls is ${MIN_CALLS} to ${MAX_CALLS}, got "19"`],
    [["--calls", `${MAX_CALLS + 1}`], `--calls is ${MIN_CALLS} to ${MAX_CALLS}, got "1000001"`],
    [["--calls", "1e3"], `--calls is ${MIN_CALLS} to ${MAX_CALLS}, got "1e3"`],
    [["--fault"], "option '--fault <value>' argument missing"],
    [["a.txt", "b.txt"], 'one file at most, got "a.txt" "b.txt"'],
  ])("refuses %j in one line", (args, message) => {
    expect(() => parseOptions(args)).toThrow(new UsageError(message));
  });
});
