import fc from "fast-check";
import { expect, test } from "vitest";

import { FrameType } from "../src/packet/frames.ts";
import { ProtocolViolation } from "../src/packet/protocol-violation.ts";
import { dispatchFrames } from "../src/session/ingress.ts";
import { recordingSink } from "./recording-sink.ts";

/** Bytes that begin like frames now and then, so that fields behind the type are reached. */
const likeFrames = fc
  .array(
    fc.oneof(
      fc.constantFrom<number[]>(...Object.values(FrameType).map((type) => [type])),
      fc.uint8Array({ maxLength: 12 }).map((bytes) => [...bytes]),
    ),
    { maxLength: 12 },
  )
  .map((parts) => Uint8Array.from(parts.flat()));

test("arbitrary payloads are read, or refused as a violation, and nothing else", () => {
  fc.assert(
    fc.property(fc.oneof(likeFrames, fc.uint8Array({ maxLength: 64 })), (payload) => {
      const before = payload.slice();
      try {
        dispatchFrames(payload, recordingSink().sink);
      } catch (error) {
        expect(error).toBeInstanceOf(ProtocolViolation);
      }
      expect(payload).toEqual(before);
    }),
    { numRuns: 2_000 },
  );
});
