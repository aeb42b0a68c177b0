import { roundMs } from "../report.ts";
import type { Role } from "../roles.ts";
import { type Paint, type Segment, type Style, toLine } from "./paint.ts";
import type { Mark, Scoreboard } from "./scoreboard.ts";
import type { Slot } from "./timeline.ts";

/** What a frame is drawn for. */
export interface FrameConfig {
  readonly title: string;
  /** Calls that there will be. */
  readonly calls: number;
  readonly now: number;
  readonly columns: number;
  readonly rows: number;
  readonly paint: Paint;
}

/** Lines of a frame that are not narration, and the one below it where the cursor stands. */
const FIXED_LINES = 12;
const COLOURS: Readonly<Record<Role, Style>> = { primary: "cyan", standby: "magenta" };
const LABEL = 10;

/** Draws one frame of the live view: one string per line, none wider than the terminal. */
export function drawFrame(board: Scoreboard, config: FrameConfig): string[] {
  const { title, now, columns, rows, paint } = config;
  const narration = board.lines.slice(-Math.max(1, Math.min(14, rows - FIXED_LINES)));
  const lines: (readonly Segment[])[] = [
    [
      ["bold", title],
      ["dim", `   ${(now / 1_000).toFixed(1)} s`],
    ],
    [],
    providerLine("primary", board),
    providerLine("standby", board),
    [],
    progressLine(board, config),
    figuresLine(board, now),
    ...timelineLines(board, config),
    [
      ["dim", label("latest")],
      ["italic", board.summary && `“${board.summary}”`],
    ],
    [],
    ...narration.map(({ at, said }): readonly Segment[] => [
      ["dim", `${(at / 1_000).toFixed(3).padStart(7)} s  `],
      [said.style, said.text],
    ]),
  ];
  return lines.map((segments) => toLine(segments, columns - 1, paint));
}

const label = (text: string): string => text.padEnd(LABEL);

function providerLine(role: Role, { rows }: Scoreboard): readonly Segment[] {
  const { isWell, state, where, node, answers } = rows[role];
  return [
    [isWell ? "green" : "red", isWell ? "● " : "○ "],
    [COLOURS[role], role.padEnd(LABEL)],
    ["dim", `${node.padEnd(10)}${where.padEnd(14)}`],
    [isWell ? undefined : "red", state.padEnd(15)],
    [undefined, `${answers} answers`],
  ];
}

function progressLine(
  { calls: made }: Scoreboard,
  { calls, columns }: FrameConfig,
): readonly Segment[] {
  const width = Math.max(10, Math.min(50, columns - 30));
  const done = Math.min(width, Math.floor((made / calls) * width));
  return [
    ["dim", label("calls")],
    ["green", "█".repeat(done)],
    ["dim", "░".repeat(width - done)],
    [undefined, ` ${made} of ${calls}`],
  ];
}

function figuresLine(board: Scoreboard, now: number): readonly Segment[] {
  return [
    ["dim", label("")],
    [undefined, `${Math.round(board.rate(now))} calls/s`],
    [undefined, `   median ${roundMs(board.medianMs())} ms`],
    [undefined, `   worst ${roundMs(board.worstMs)} ms`],
    [board.errors > 0 ? "red" : undefined, `   ${board.errors} failed`],
  ];
}

function timelineLines(board: Scoreboard, { now, columns }: FrameConfig): (readonly Segment[])[] {
  const from = board.callsFrom ?? now;
  const width = Math.max(10, columns - LABEL - 2);
  const cells = board.timeline.cells(from, now, width).map(cellOf);
  return [
    [["dim", label("answers")], ...cells],
    [
      ["dim", label("")],
      [undefined, marksRow(board.marks, from, now, width)],
    ],
  ];
}

function cellOf({ primary, standby, errors }: Slot): Segment {
  if (errors > 0) return ["red", "✗"];
  if (primary === 0 && standby === 0) return ["dim", "·"];
  return primary >= standby ? [COLOURS.primary, "█"] : [COLOURS.standby, "▓"];
}

/** Labels below the timeline, at their times; one that would run into the one before moves on. */
function marksRow(marks: readonly Mark[], from: number, to: number, width: number): string {
  let row = "";
  for (const { at, label } of marks) {
    const column = Math.floor(((at - from) / Math.max(1, to - from)) * (width - 1));
    row = `${row.padEnd(Math.min(column, width - label.length - 2))}↑${label} `;
  }
  return row;
}
