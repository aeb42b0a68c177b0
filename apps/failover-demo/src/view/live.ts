import { type Clock, type Timer, systemClock } from "@selvage/core";

import type { Criterion } from "../acceptance.ts";
import type { TimedEvent } from "../story-event.ts";
import { closingLines } from "./closing-lines.ts";
import { drawFrame } from "./frame.ts";
import { type Paint, paintFor } from "./paint.ts";
import { Scoreboard } from "./scoreboard.ts";
import type { View } from "./view.ts";

/** Time between two frames, in milliseconds. */
const FRAME_MS = 100;
const HIDE_CURSOR = "\u{1B}[?25l";
const SHOW_CURSOR = "\u{1B}[?25h";
const ERASE_LINE = "\u{1B}[K";
const ERASE_BELOW = "\u{1B}[J";

/** What the live view says of the run as a whole. */
export interface LiveViewConfig {
  readonly title: string;
  /** Calls that there will be. */
  readonly calls: number;
}

/** One picture that is drawn over and over: for terminals. */
export class LiveView implements View {
  readonly #out: NodeJS.WriteStream;
  readonly #paint: Paint;
  readonly #config: LiveViewConfig;
  readonly #clock: Clock = systemClock;
  readonly #beganAt: number = this.#clock.now();
  readonly #board = new Scoreboard();
  #timer: Timer | undefined;
  #height = 0;

  constructor(out: NodeJS.WriteStream, config: LiveViewConfig) {
    this.#out = out;
    this.#paint = paintFor(out);
    this.#config = config;
    out.write(HIDE_CURSOR);
    this.#tick();
  }

  show(event: TimedEvent): void {
    this.#board.apply(event);
  }

  end(criteria: readonly Criterion[]): void {
    this.#draw();
    this.#out.write(`\n${closingLines(criteria, this.#paint).join("\n")}\n`);
    this.close();
  }

  close(): void {
    if (this.#timer === undefined) return;
    this.#timer[Symbol.dispose]();
    this.#timer = undefined;
    this.#out.write(SHOW_CURSOR);
  }

  #tick(): void {
    this.#draw();
    this.#timer = this.#clock.setTimeout(() => this.#tick(), FRAME_MS).unref();
  }

  #draw(): void {
    // A terminal that does not know its size says 0.
    const columns = this.#out.columns || 80;
    const rows = this.#out.rows || 24;
    const lines = drawFrame(this.#board, {
      ...this.#config,
      now: this.#clock.now() - this.#beganAt,
      columns,
      rows,
      paint: this.#paint,
    });
    const up = this.#height === 0 ? "" : `\u{1B}[${this.#height}A`;
    const text = lines.map((line) => `${line}${ERASE_LINE}\n`).join("");
    this.#out.write(`${up}\r${text}${ERASE_BELOW}`);
    this.#height = lines.length;
  }
}
