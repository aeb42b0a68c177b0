import type { Criterion } from "../acceptance.ts";
import type { TimedEvent } from "../story-event.ts";
import { closingLines } from "./closing-lines.ts";
import { narrate } from "./narration.ts";
import { type Paint, paintFor } from "./paint.ts";
import type { View } from "./view.ts";

/** One line per event: for pipes, logs and simple terminals. */
export class PlainView implements View {
  readonly #out: NodeJS.WriteStream;
  readonly #paint: Paint;

  constructor(out: NodeJS.WriteStream, title: string) {
    this.#out = out;
    this.#paint = paintFor(out);
    this.#write(this.#paint("bold", title));
  }

  show(event: TimedEvent): void {
    const narrated = narrate(event);
    if (narrated === undefined) return;
    const { text, style } = narrated;
    const seconds = (event.at / 1_000).toFixed(3).padStart(7);
    this.#write(`${seconds} s  ${style === undefined ? text : this.#paint(style, text)}`);
    if (event.type !== "first-call") return;
    for (const sentence of event.result.sentences) this.#write(`             “${sentence}”`);
  }

  end(criteria: readonly Criterion[]): void {
    for (const line of ["", ...closingLines(criteria, this.#paint)]) this.#write(line);
  }

  close(): void {}

  #write(line: string): void {
    this.#out.write(`${line}\n`);
  }
}
