import fc from "fast-check";
import { describe, expect, test } from "vitest";

import {
  decodeAnswerPart,
  decodeCall,
  decodeResponse,
  encodeItem,
  encodeLast,
  encodeResponse,
} from "../src/frame.ts";
import { wholeCall } from "./whole-call.ts";

const metadata = fc.array(fc.record({ name: fc.string(), value: fc.string() }), { maxLength: 8 });
const callHeader = fc.record({
  service: fc.string(),
  version: fc.string(),
  deadlineMs: fc.oneof(fc.constant(0), fc.double({ min: 1e-9, max: 1e9, noNaN: true })),
  idempotencyKey: fc.string(),
  traceparent: fc.string(),
  tracestate: fc.string(),
  metadata,
  shape: fc.nat(3),
});
const responseHeader = fc.record({
  status: fc.nat(0xffff),
  notStarted: fc.boolean(),
  message: fc.string(),
  code: fc.string(),
  metadata,
  details: fc.uint8Array({ maxLength: 20 }),
});
const body = fc.uint8Array({ maxLength: 200 });

describe("a frame", () => {
  test("gives back header and body", () => {
    fc.assert(
      fc.property(callHeader, responseHeader, body, (call, response, bytes) => {
        expect(decodeCall(wholeCall(call, bytes))).toEqual({ header: call, body: bytes });
        expect(decodeResponse(encodeResponse(response, bytes))).toEqual({
          header: response,
          body: bytes,
        });
      }),
    );
  });

  test("of a streamed answer gives back item or end, and anything else is malformed", () => {
    fc.assert(
      fc.property(responseHeader, body, fc.integer({ min: 2, max: 255 }), (header, bytes, tag) => {
        expect(decodeAnswerPart(encodeItem(bytes))).toEqual({ type: "item", body: bytes });
        expect(decodeAnswerPart(encodeLast(header))).toEqual({ type: "last", header });
        expect(decodeAnswerPart(encodeLast(header).subarray(0, 0))).toBeUndefined();
        expect(decodeAnswerPart(Uint8Array.of(tag, ...bytes))).toBeUndefined();
      }),
    );
  });

  test("cut within its header is malformed", () => {
    fc.assert(
      fc.property(callHeader, fc.double({ min: 0, max: 1, maxExcluded: true }), (call, share) => {
        const whole = wholeCall(call, new Uint8Array());
        const cut = whole.subarray(0, Math.floor(share * whole.length));
        expect(decodeCall(cut)).toBeUndefined();
      }),
    );
  });

  test("of arbitrary bytes is read or malformed, and never throws", () => {
    const likely = fc.tuple(fc.nat(20), fc.uint8Array({ maxLength: 40 })).map(([length, bytes]) => {
      return Uint8Array.of(length, 0, ...bytes);
    });
    fc.assert(
      fc.property(fc.oneof(likely, fc.uint8Array({ maxLength: 60 })), (bytes) => {
        for (const decode of [decodeCall, decodeResponse]) {
          const length = decode(bytes)?.body.length ?? 0;
          expect(length).toBeLessThanOrEqual(bytes.length);
        }
      }),
      { numRuns: 2_000 },
    );
  });

  test("has a header of up to 65,535 bytes", () => {
    const header = {
      service: "x",
      version: "1.0",
      deadlineMs: 0,
      idempotencyKey: "",
      traceparent: "",
      tracestate: "",
      metadata: [{ name: "large", value: "v".repeat(65_000) }],
      shape: 0,
    };
    expect(decodeCall(wholeCall(header, new Uint8Array()))?.header).toEqual(header);
    const larger = { ...header, tracestate: "s".repeat(1_000) };
    expect(() => wholeCall(larger, new Uint8Array())).toThrow(/^a call header of 66\d\d\d bytes/);
  });
});
