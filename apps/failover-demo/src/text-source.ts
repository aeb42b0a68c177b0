import { createReadStream, fstatSync } from "node:fs";

import { systemClock } from "@selvage/core";

import { UsageError } from "./options.ts";
import { splitSentences } from "./summarize/sentences.ts";
import { wordsOf } from "./summarize/words.ts";

/** The opening of Herman Melville's Moby-Dick (1851). */
const OWN_TEXT: URL = new URL("../texts/loomings.txt", import.meta.url);
/** Every call carries the text, so it must not be a whole book, in bytes. */
export const MAX_TEXT_BYTES = 32_768;
/** How long the first bytes of a pipe that nobody spoke of may take, in milliseconds. */
const PIPE_MS = 100;

/** What will be summed up. */
export interface SourceText {
  readonly text: string;
  /** Where it came from, for people. */
  readonly origin: string;
  /** The source went on, but this is enough. */
  readonly isCut: boolean;
}

/**
 * Reads the text: a file, `-` for stdin, or without a name what is piped in, else the app's own.
 *
 * @throws {@link UsageError} when it cannot be read, is not UTF-8 or has no words.
 */
export async function readText(file: string | undefined): Promise<SourceText> {
  if (file === "-") return toText(await readUpTo(process.stdin), "stdin");
  if (file !== undefined) return toText(await readFile(file), file);
  const piped = await readPiped();
  if (piped.length > 0) return toText(piped, "stdin");
  return toText(await readUpTo(createReadStream(OWN_TEXT)), "Moby-Dick, chapter 1");
}

async function readFile(file: string): Promise<Uint8Array> {
  try {
    return await readUpTo(createReadStream(file));
  } catch (error) {
    const code = error instanceof Error && "code" in error ? error.code : undefined;
    const reasons: Partial<Record<string, string>> = {
      ENOENT: "no such file",
      EISDIR: "it is a directory",
      EACCES: "permission denied",
    };
    throw new UsageError(`cannot read "${file}": ${reasons[String(code)] ?? String(error)}`);
  }
}

/** What is piped in without being asked for. A pipe that stays silent is not waited for. */
async function readPiped(): Promise<Uint8Array> {
  if (!isPiped()) return new Uint8Array();
  const { stdin } = process;
  const giveUp = systemClock.setTimeout(() => stdin.destroy(), PIPE_MS);
  stdin.once("readable", () => giveUp[Symbol.dispose]());
  try {
    return await readUpTo(stdin);
  } catch {
    return new Uint8Array();
  } finally {
    giveUp[Symbol.dispose]();
  }
}

function isPiped(): boolean {
  try {
    const stdin = fstatSync(0);
    return stdin.isFIFO() || stdin.isFile() || stdin.isSocket();
  } catch {
    return false;
  }
}

async function readUpTo(stream: AsyncIterable<Uint8Array>): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of stream) {
    chunks.push(chunk);
    bytes += chunk.length;
    if (bytes > MAX_TEXT_BYTES) break;
  }
  return Buffer.concat(chunks);
}

function toText(bytes: Uint8Array, origin: string): SourceText {
  const isCut = bytes.length > MAX_TEXT_BYTES;
  const text = decode(bytes.subarray(0, MAX_TEXT_BYTES), origin);
  if (wordsOf(text).length === 0) throw new UsageError(`${origin} has no words to summarise`);
  return { text: isCut ? withoutLastSentence(text) : text, origin, isCut };
}

function decode(bytes: Uint8Array, origin: string): string {
  try {
    // As a stream: the last character may be cut.
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes, { stream: true });
  } catch {
    throw new UsageError(`${origin} is not UTF-8 text`);
  }
}

function withoutLastSentence(text: string): string {
  const sentences = splitSentences(text);
  return sentences.length < 2 ? text : sentences.slice(0, -1).join(" ");
}
