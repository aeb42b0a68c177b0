import { styleText } from "node:util";

/** A style of {@link styleText}. */
export type Style = Parameters<typeof styleText>[0];

/** Puts a style on a text, or leaves it be. */
export type Paint = (style: Style, text: string) => string;

/** A part of a line in one style; `undefined`: as it is. */
export type Segment = readonly [style: Style | undefined, text: string];

/** Colours only for terminals that have them; Node reads `NO_COLOR` and `TERM` for us. */
export function paintFor(stream: NodeJS.WriteStream): Paint {
  return stream.isTTY && stream.hasColors() ? styleText : (_style, text) => text;
}

/** One line out of segments, cut to the width of the terminal before any colour is put on. */
export function toLine(segments: readonly Segment[], width: number, paint: Paint): string {
  let left = width;
  let line = "";
  for (const [style, text] of segments) {
    const characters = Array.from(text);
    const part = characters.length <= left ? text : `${characters.slice(0, left - 1).join("")}…`;
    line += style === undefined ? part : paint(style, part);
    left -= Math.min(left, characters.length);
    if (left === 0) break;
  }
  return line;
}
