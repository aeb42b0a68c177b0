import { concatBytes } from "@selvage/core";

import { MAX_TRANSFER_PART_BYTES } from "../defaults.ts";
import { ComputeError } from "../errors.ts";
import { badCommand } from "./wire-fields.ts";

/** Something large in parts, behind what says how large it is. */
export function* inParts(whole: Uint8Array, head?: Uint8Array): Generator<Uint8Array> {
  if (head !== undefined) yield head;
  for (let at = 0; at < whole.length; at += MAX_TRANSFER_PART_BYTES) {
    yield whole.subarray(at, at + MAX_TRANSFER_PART_BYTES);
  }
}

/**
 * Puts an answer together, whose length is not known before.
 *
 * @throws {@link ComputeError} with kind `state-too-large` beyond a limit.
 */
export async function joinAnswer(
  parts: AsyncIterable<unknown>,
  maxBytes: number,
): Promise<Uint8Array> {
  const taken: Uint8Array[] = [];
  let bytes = 0;
  for await (const part of parts) {
    if (!(part instanceof Uint8Array)) throw badCommand("an answer consists of bytes");
    bytes += part.length;
    if (bytes > maxBytes) {
      throw new ComputeError("state-too-large", `an answer has more than ${maxBytes} bytes`, {
        delivered: "maybe",
      });
    }
    taken.push(part.slice());
  }
  return taken.length === 1 && taken[0] ? taken[0] : concatBytes(...taken);
}

/** Reads what was sent by {@link inParts}: first the head, then the rest. */
export class PartsReader {
  readonly #parts: AsyncIterator<unknown>;

  constructor(parts: AsyncIterable<unknown>) {
    this.#parts = parts[Symbol.asyncIterator]();
  }

  /** @throws {@link ComputeError} with kind `bad-command` if there is none. */
  async head(): Promise<Uint8Array> {
    const part = await this.#next();
    if (part === undefined) throw badCommand("nothing was sent");
    return part.slice();
  }

  /**
   * The rest, which must have this length.
   *
   * @throws {@link ComputeError} with kind `bad-command` if it is shorter or longer.
   */
  async rest(bytes: number): Promise<Uint8Array> {
    const whole = new Uint8Array(bytes);
    let at = 0;
    for (;;) {
      const part = await this.#next();
      if (part === undefined) break;
      if (at + part.length > bytes) throw badCommand(`more than the announced ${bytes} bytes came`);
      whole.set(part, at);
      at += part.length;
    }
    if (at < bytes) throw badCommand(`${at} of ${bytes} announced bytes came`);
    return whole;
  }

  async #next(): Promise<Uint8Array | undefined> {
    const { done, value } = await this.#parts.next();
    if (done === true) return undefined;
    if (value instanceof Uint8Array) return value;
    throw badCommand("a part consists of bytes");
  }
}
