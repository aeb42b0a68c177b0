import { fromHex, type NodeId, parseNodeId, toHex } from "@selvage/core";
import type { OriginHash } from "@selvage/identity";

import type { Term } from "../daemon/term.ts";
import { MAX_GROUP_SLOTS } from "../defaults.ts";
import { ComputeError } from "../errors.ts";
import type { TermBody } from "../wire/hosting.gen.ts";
import { type GroupId, groupIdOf } from "./group-id.ts";

const ID_BYTES = 16;
const KEY_BYTES = 32;

/** An error about what came from elsewhere and makes no sense. */
export function badCommand(message: string, cause?: unknown): ComputeError {
  return new ComputeError("bad-command", message, { delivered: "never", cause });
}

/** Decodes a message; whatever is wrong with it is a `bad-command`. */
export function decodeAs<T>(name: string, bytes: Uint8Array, decode: (bytes: Uint8Array) => T): T {
  try {
    return decode(bytes);
  } catch (cause) {
    if (cause instanceof ComputeError) throw cause;
    throw badCommand(`${name} cannot be read`, cause);
  }
}

/** A field that must be there. */
export function required<T>(name: string, value: T | undefined): T {
  if (value === undefined) throw badCommand(`${name} is missing`);
  return value;
}

/** A safe integer of at least `least`. */
export function wholeField(name: string, value: number, least = 0): number {
  if (Number.isSafeInteger(value) && value >= least) return value;
  throw badCommand(`${name} must be a safe integer of at least ${least}, got ${value}`);
}

/** A slot of a group. */
export function slotField(value: number): number {
  if (value < MAX_GROUP_SLOTS) return value;
  throw badCommand(`slot must be below ${MAX_GROUP_SLOTS}, got ${value}`);
}

/** Bytes of one length. */
export function bytesField(name: string, value: Uint8Array, length: number): Uint8Array {
  if (value.length === length) return value;
  throw badCommand(`${name} must have ${length} bytes, got ${value.length}`);
}

export function nodeIdField(name: string, value: Uint8Array): NodeId {
  return parseNodeId(toHex(bytesField(name, value, ID_BYTES)));
}

export function originField(name: string, value: Uint8Array): OriginHash {
  return toHex(bytesField(name, value, ID_BYTES)) as OriginHash;
}

export function groupField(value: Uint8Array): GroupId {
  return groupIdOf(bytesField("group", value, KEY_BYTES));
}

export function termField(term: TermBody | undefined): Term {
  const { number, coordinator } = required("term", term);
  return {
    number: wholeField("term", number),
    coordinator: nodeIdField("coordinator", coordinator),
  };
}

/** A term as messages carry it. */
export function termBody({ number, coordinator }: Term): TermBody {
  return { number, coordinator: fromHex(coordinator) };
}
