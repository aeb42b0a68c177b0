import { styleText, stripVTControlCharacters } from "node:util";

import { parseNodeId } from "@selvage/core";
import { describe, expect, test } from "vitest";

import type { StoryEvent } from "../src/story-event.ts";
import { drawFrame, type FrameConfig } from "../src/view/frame.ts";
import type { Paint } from "../src/view/paint.ts";
import { Scoreboard } from "../src/view/scoreboard.ts";
import { callResult, failedCall } from "./results.ts";

const nodeId = parseNodeId("0123456789abcdef0123456789abcdef");
const address = "127.0.0.1:4711";
const plain: Paint = (_style, text) => text;

/** A kill, told: half a second of answers from the primary, then half a second from the standby. */
const story: readonly (readonly [at: number, event: StoryEvent])[] = [
  [0, { type: "started", role: "primary", nodeId, address, pid: 41 }],
  [0, { type: "started", role: "standby", nodeId, address, pid: 42 }],
  [10, { type: "discovered" }],
  ...Array.from(
    { length: 50 },
    (_, i) => [20 + i * 10, { type: "call", result: callResult() }] as const,
  ),
  [520, { type: "fault", fault: "kill" }],
  [600, { type: "noticed", what: "unresponsive" }],
  [680, { type: "call", result: failedCall("timeout") }],
  ...Array.from(
    { length: 30 },
    (_, i) =>
      [700 + i * 10, { type: "call", result: callResult({ answeredBy: "standby" }) }] as const,
  ),
  [700, { type: "switched", failoverMs: 180 }],
];

function frame(config: Partial<FrameConfig> = {}, events = story): string[] {
  const board = new Scoreboard();
  for (const [at, event] of events) board.apply({ ...event, at });
  const whole = { title: "Demo", calls: 162, now: 1_000, columns: 80, rows: 40, paint: plain };
  return drawFrame(board, { ...whole, ...config });
}

const lineWith = (lines: readonly string[], text: string): string =>
  lines.find((line) => line.includes(text)) ?? "";

describe("drawFrame", () => {
  test("shows who serves and how the primary ended", () => {
    const lines = frame();
    expect(lineWith(lines, "○ primary")).toMatch(/01234567 +pid 41 +unresponsive +50 answers/u);
    expect(lineWith(lines, "● standby")).toMatch(/01234567 +pid 42 +serving +30 answers/u);
  });

  test("shows progress and errors", () => {
    const lines = frame();
    expect(lineWith(lines, "calls ")).toContain("█".repeat(25) + "░".repeat(25) + " 81 of 162");
    expect(lineWith(lines, "calls/s")).toContain(
      "81 calls/s   median 1 ms   worst 1 ms   1 failed",
    );
  });

  test("shows in the timeline who answered when, with the fault and the switch below", () => {
    const lines = frame();
    expect(lineWith(lines, "answers   ")).toMatch(/answers +█+·+✗+▓+$/u);
    expect(lineWith(lines, "↑")).toMatch(/^ +↑kill +↑standby/u);
  });

  test("tells the story below, the latest last", () => {
    expect(frame().at(-1)).toBe("  0.700 s  the standby took over 180 ms after the fault");
  });

  test.each([20, 40, 80, 200])("fits a terminal of %i columns, in colour too", (columns) => {
    const colourful: Paint = (style, text) => styleText(style, text, { validateStream: false });
    for (const line of frame({ columns, paint: colourful })) {
      expect(Array.from(stripVTControlCharacters(line)).length).toBeLessThan(columns);
    }
  });

  test("fits a terminal of 24 rows however long the story gets", () => {
    const long = Array.from({ length: 100 }, (_, i) => [i, { type: "discovered" }] as const);
    expect(frame({ rows: 24 }, [...story, ...long]).length).toBeLessThan(24);
  });
});
