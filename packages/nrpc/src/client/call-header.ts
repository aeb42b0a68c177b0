import { CALL_SHAPES } from "../call-shape.ts";
import type { AnyContract } from "../contract.ts";
import { wellFormed } from "../well-formed.ts";
import { type CallHeader, encodeCallHeader } from "../wire/call.gen.ts";
import type { CallOptions } from "./call-options.ts";

/** What every header may leave out. */
const EMPTY: CallHeader = {
  service: "",
  version: "",
  deadlineMs: 0,
  idempotencyKey: "",
  traceparent: "",
  tracestate: "",
  metadata: [],
  shape: 0,
};
const NO_BYTES: Uint8Array = new Uint8Array();

type Callee = Pick<AnyContract, "name" | "version" | "shape">;

const common: WeakMap<Callee, Uint8Array> = new WeakMap();

/** The part of a header that is the same in all calls of a contract: encoded once. */
export function commonHeader(contract: Callee): Uint8Array {
  const known = common.get(contract);
  if (known !== undefined) return known;
  const { name: service, version, shape } = contract;
  const header = encodeCallHeader({
    ...EMPTY,
    service,
    version,
    shape: CALL_SHAPES.indexOf(shape),
  });
  common.set(contract, header);
  return header;
}

/** What a caller adds of its own; most calls have nothing of it. */
export interface OwnWords extends Pick<CallOptions, "metadata" | "idempotencyKey"> {
  readonly traceparent?: string | undefined;
  readonly tracestate?: string | undefined;
}

/** What is no text would be lost on its way, and a `Map` has no entries of its own. */
function entriesOf(metadata: Readonly<Record<string, string>>): [string, string][] {
  if (Symbol.iterator in metadata) {
    throw new TypeError("metadata must be an object; Object.fromEntries makes one of a Map");
  }
  const entries = Object.entries(metadata);
  for (const [name, value] of entries) {
    if (typeof value === "string") continue;
    throw new TypeError(`metadata must be texts, "${name}" is ${typeof value}`);
  }
  return entries;
}

/** The part of a header that is one call's alone, but for the time that is left. */
export function ownHeader({
  metadata,
  idempotencyKey = "",
  traceparent = "",
  tracestate = "",
}: OwnWords): Uint8Array {
  const entries = metadata === undefined ? [] : entriesOf(metadata);
  if (entries.length === 0 && idempotencyKey === "" && traceparent === "" && tracestate === "") {
    return NO_BYTES;
  }
  return encodeCallHeader({
    ...EMPTY,
    idempotencyKey,
    traceparent: wellFormed(traceparent),
    tracestate: wellFormed(tracestate),
    metadata: entries.map(([name, value]) => ({
      name: wellFormed(name),
      value: wellFormed(value),
    })),
  });
}
