import { expect, test } from "vitest";

import { type StreamHandler, TransportError } from "../src/index.ts";
import { Protocols } from "../src/protocols.ts";
import { RESET_HANDLER_FAILED, RESET_UNKNOWN_PROTOCOL } from "../src/stream/reset-codes.ts";
import type { Stream } from "../src/stream/stream.ts";
import { incomingStream, recordingHost } from "./stream-bench.ts";

/** A table of handlers, and the errors that came out of them. */
function bench(): { readonly protocols: Protocols; readonly errors: unknown[] } {
  const errors: unknown[] = [];
  return { protocols: new Protocols((error) => errors.push(error)), errors };
}

/** A stream that wants protocol 1, and what it asked of its session. */
function asking(): { readonly stream: Stream; readonly log: readonly string[] } {
  const record = recordingHost();
  const stream = incomingStream(0, record);
  stream.onData(0, Uint8Array.of(1, 0), false);
  return { stream, log: record.log };
}

test("a stream goes to the handler of its protocol", () => {
  const { protocols } = bench();
  const got: string[] = [];
  protocols.serve(1, ({ id }) => got.push(`one ${id}`));
  protocols.serve(2, ({ id }) => got.push(`two ${id}`));
  protocols.start(asking().stream);
  expect(got).toEqual(["one 0"]);
});

test("a stream that nobody serves goes back untouched", () => {
  const { stream, log } = asking();
  bench().protocols.start(stream);
  expect(log).toEqual([`reset 0 ${RESET_UNKNOWN_PROTOCOL} not started`, "finished 0"]);
});

test("a stream that is over starts no handler", () => {
  const { protocols } = bench();
  let started = 0;
  protocols.serve(1, () => started++);
  const { stream } = asking();
  stream.reset(1);
  protocols.start(stream);
  expect(started).toBe(0);
});

const failures: readonly (readonly [string, StreamHandler])[] = [
  [
    "throws",
    () => {
      throw new Error("handler");
    },
  ],
  ["rejects", () => Promise.reject(new Error("handler"))],
];

test.each(failures)("a handler that %s is reported, and costs its stream", async (_, handler) => {
  const { protocols, errors } = bench();
  protocols.serve(1, handler);
  const { stream, log } = asking();
  protocols.start(stream);
  await Promise.resolve();
  expect(errors).toEqual([new Error("handler")]);
  expect(log).toEqual([`reset 0 ${RESET_HANDLER_FAILED}`, "finished 0"]);
});

test("a handler that fails with its stream is no news", async () => {
  const { protocols, errors } = bench();
  protocols.serve(1, async (stream) => {
    await stream.receive();
  });
  const { stream } = asking();
  protocols.start(stream);
  stream.fail(new TransportError("session-lost", "gone"));
  for (let turn = 0; turn < 5; turn++) await Promise.resolve();
  expect(errors).toEqual([]);
});

test("a protocol is served once, until its registration is given back", () => {
  const { protocols } = bench();
  const first = protocols.serve(1, () => {});
  expect(() => protocols.serve(1, () => {})).toThrow(/^protocol 1 is served already$/);
  first[Symbol.dispose]();
  let started = 0;
  protocols.serve(1, () => started++);
  first[Symbol.dispose]();
  protocols.start(asking().stream);
  expect(started).toBe(1);
});

test.each([-1, 0.5, 65_536, Number.NaN])("%d is no protocol number", (protocol) => {
  expect(() => bench().protocols.serve(protocol, () => {})).toThrow(RangeError);
});
