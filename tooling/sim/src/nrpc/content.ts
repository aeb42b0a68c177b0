/** More than any message has. */
const LONGEST = 400_000;
/** Where texts begin: their difference shows what is swapped. */
const STARTS = 997;

/** Letters without a pattern. */
const letters: string = (() => {
  let state = 12_345;
  let text = "";
  for (let i = 0; i < 4_096; i++) {
    state = (Math.imul(state, 1_103_515_245) + 12_345) & 0x7fff_ffff;
    text += String.fromCharCode(97 + ((state >> 16) % 26));
  }
  return text.repeat(Math.ceil((LONGEST + STARTS) / text.length));
})();

/** One message of a call, either way. */
export interface Message {
  /** Of requests the content that the caller chose, of responses the handler's run. */
  readonly of: number;
  /** Its place. */
  readonly at: number;
  readonly text: string;
}

/** The one content that a message can have. */
export function messageOf(of: number, at: number, size: number): Message {
  const start = (of * 31 + at * 7) % STARTS;
  return { of, at, text: letters.slice(start, start + size) };
}

/** Whether what arrived is a message as it was sent; says what is wrong, if anything is. */
export function wrongIn(found: unknown, of: number, at: number, size: number): string | undefined {
  const { of: foundOf, at: foundAt, text } = (found ?? {}) as Partial<Message>;
  if (foundOf !== of) return `it is of ${foundOf}, not ${of}`;
  if (foundAt !== at) return `it is number ${foundAt}, not ${at}`;
  if (text === messageOf(of, at, size).text) return undefined;
  return `its text of ${size} characters is another, with ${text?.length}`;
}
