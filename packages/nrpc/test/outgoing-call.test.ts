import { fromUtf8, utf8 } from "@selvage/core";
import { ManualClock } from "@selvage/testing";
import { describe, expect, test } from "vitest";

import { outcomeOf, OutgoingCall } from "../src/client/outgoing-call.ts";
import { decodeCall } from "../src/frame.ts";
import { type CallOptions, DEFAULT_DEADLINE_MS, jsonCodec, RpcError } from "../src/index.ts";
import { provider } from "./providers.ts";

function bench(options: CallOptions = {}): {
  readonly clock: ManualClock;
  readonly call: OutgoingCall;
} {
  const clock = new ManualClock({ startMs: 5_000 });
  const target = { name: "greet", version: "2.1", shape: "unary" } as const;
  const call = new OutgoingCall(clock, target, jsonCodec, options);
  call.body = utf8("body");
  return { clock, call };
}

describe("the request", () => {
  test("names the service and what was given, before the body", () => {
    const { call } = bench({
      metadata: { b: "2", a: "1" },
      idempotencyKey: "once",
      traceparent: "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
      tracestate: "x=y",
    });
    const frame = decodeCall(call.message());
    expect(frame?.header).toEqual({
      service: "greet",
      version: "2.1",
      deadlineMs: DEFAULT_DEADLINE_MS,
      idempotencyKey: "once",
      traceparent: "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
      tracestate: "x=y",
      metadata: [
        { name: "b", value: "2" },
        { name: "a", value: "1" },
      ],
      shape: 0,
    });
    expect(fromUtf8(frame?.body ?? utf8(""))).toBe("body");
  });

  test("has a placeholder for half a character, which would make it malformed", () => {
    const { call } = bench({ metadata: { "a\udc00": "\ud800b", whole: "\u{1f600}" } });
    const span = { traceparent: "x\ud800", tracestate: "\udc00y", end: () => {} };
    expect(decodeCall(call.message({ span }))?.header).toMatchObject({
      metadata: [
        { name: "a\ufffd", value: "\ufffdb" },
        { name: "whole", value: "\u{1f600}" },
      ],
      traceparent: "x\ufffd",
      tracestate: "\ufffdy",
    });
  });

  test("is refused if its key has half a character: another key could look the same", () => {
    const refused = expect.objectContaining({ kind: "bad-request", delivered: "never" });
    expect(() => bench({ idempotencyKey: "k\ud800" })).toThrow(refused);
  });

  test("carries the time that is left when it leaves, and at least a millisecond", async () => {
    const { clock, call } = bench({ deadlineMs: 300 });
    const left: unknown[] = [];
    for (const ms of [0, 120, 179.5, 10]) {
      await clock.advance(ms);
      left.push(decodeCall(call.message())?.header.deadlineMs);
    }
    expect(left).toEqual([300, 180, 1, 1]);
  });

  test("says 0 when the caller waits for ever", async () => {
    const { clock, call } = bench({ deadlineMs: Number.POSITIVE_INFINITY });
    await clock.advance(1e9);
    expect(decodeCall(call.message())?.header.deadlineMs).toBe(0);
    expect(call.remainingMs()).toBe(Number.POSITIVE_INFINITY);
  });

  test("is a message of its own for every attempt: streams own what they send", () => {
    const { call } = bench();
    call.message().fill(0);
    expect(decodeCall(call.message())?.header.service).toBe("greet");
  });
});

test.each([0, -1, Number.NaN])("a deadline of %d ms is a mistake", (deadlineMs) => {
  expect(() => bench({ deadlineMs })).toThrow(
    new RangeError(`deadlineMs must be a positive number, got ${deadlineMs}`),
  );
});

test("a deadline or a key of another type is a mistake", () => {
  expect(() => bench({ deadlineMs: "500" as never })).toThrow(
    new TypeError('deadlineMs must be a positive number, got "500"'),
  );
  expect(() => bench({ idempotencyKey: 7 as never })).toThrow(
    new TypeError("idempotencyKey must be a text, got number"),
  );
});

test("metadata that would be lost is a mistake", () => {
  const message = (metadata: unknown) => () =>
    bench({ metadata: metadata as never }).call.message();
  expect(message({ a: "1", b: 2 })).toThrow(new TypeError('metadata must be texts, "b" is number'));
  expect(message(new Map([["a", "1"]]))).toThrow("metadata must be an object");
});

describe("the record of a call", () => {
  const [one, other] = [provider(1).nodeId, provider(2).nodeId];

  test("tells attempts in their order, and who answered", async () => {
    const { clock, call } = bench();
    await clock.advance(10);
    const first = call.beginAttempt(one, "first");
    await clock.advance(30);
    call.endAttempt(first, "timeout");
    call.retries++;
    const second = call.beginAttempt(other, "retry");
    await clock.advance(5);
    call.provider = other;
    call.endAttempt(second, "ok");
    call.endAttempt(second, "cancelled");
    expect(call.event()).toEqual({
      service: "greet",
      shape: "unary",
      outcome: "ok",
      provider: other,
      startedAt: first.startedAt - 10,
      durationMs: 45,
      retries: 1,
      moves: 0,
      hedges: 0,
      attempts: [
        {
          provider: one,
          action: "first",
          startedAt: first.startedAt,
          durationMs: 30,
          outcome: "timeout",
        },
        {
          provider: other,
          action: "retry",
          startedAt: second.startedAt,
          durationMs: 5,
          outcome: "ok",
        },
      ],
      omittedAttempts: 0,
      requestMessages: 0,
      requestBytes: 0,
      responseMessages: 0,
      responseBytes: 0,
      traceparent: undefined,
    });
  });

  test("of a failed call says how, and that nobody answered", () => {
    const { call } = bench();
    call.endAttempt(call.beginAttempt(one, "first"), "denied");
    const event = call.event({ error: new RpcError("denied", "x") });
    expect(event).toMatchObject({ outcome: "denied", provider: undefined });
  });

  test("ends attempts that still run when the call does, and changes no more", async () => {
    const { clock, call } = bench();
    const slow = call.beginAttempt(one, "first");
    await clock.advance(50);
    call.endAttempt(call.beginAttempt(other, "hedge"), "ok");
    const { attempts } = call.event();
    await clock.advance(50);
    call.endAttempt(slow, "ok");
    call.beginAttempt(one, "move");
    expect(attempts).toMatchObject([
      { provider: one, durationMs: 50, outcome: "superseded" },
      { provider: other, durationMs: 0, outcome: "ok" },
    ]);
  });

  test("keeps a bounded number of attempts, and counts the others", () => {
    const { call } = bench();
    for (let i = 0; i < 1_000; i++) {
      call.endAttempt(call.beginAttempt(one, "retry"), "unavailable");
    }
    const { attempts, omittedAttempts } = call.event();
    expect([attempts.length, omittedAttempts]).toEqual([64, 936]);
  });

  test("calls what is no error of ours a cancellation", () => {
    expect(outcomeOf(new RpcError("timeout", "x"))).toBe("timeout");
    expect(outcomeOf(new DOMException("x", "AbortError"))).toBe("cancelled");
    expect(outcomeOf("a reason")).toBe("cancelled");
  });
});
