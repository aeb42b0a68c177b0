import { type NodeId, toHex } from "@selvage/core";
import type { OriginHash } from "@selvage/identity";
import fc from "fast-check";
import { describe, expect, test } from "vitest";

import { isComputeError } from "../../src/errors.ts";
import { decodeCommand, encodeCommand, payloadDigest } from "../../src/hosting/command-codec.ts";
import { decodeDelivery, encodeDelivery } from "../../src/hosting/delivery-codec.ts";
import { groupIdOf } from "../../src/hosting/group-id.ts";
import {
  decodeHostStatus,
  decodeMemberStatus,
  encodeHostStatus,
  encodeMemberStatus,
} from "../../src/hosting/host-status-codec.ts";
import { decodeMessage, encodeMessage } from "../../src/hosting/message-codec.ts";
import { decodeReports, encodeReports } from "../../src/hosting/reports-codec.ts";
import { decodeSpawnOrder, encodeSpawnOrder } from "../../src/hosting/spawn-order-codec.ts";

const bytes = (length: number) => fc.uint8Array({ minLength: length, maxLength: length });
const some = fc.uint8Array({ maxLength: 40 });
const nodeId = bytes(16).map((id) => toHex(id) as NodeId);
const originHash = bytes(16).map((id) => toHex(id) as OriginHash);
const count = fc.maxSafeNat();
const ordinal = count.map((n) => Math.max(1, n));
const slot = fc.nat(255);
const term = fc.record({ number: count, coordinator: nodeId });
const ref = { group: bytes(32).map((key) => groupIdOf(key)), slot, incarnation: ordinal };
const health = fc.oneof(
  fc.constant({ status: "healthy" as const }),
  fc.record({
    status: fc.constantFrom("degraded" as const, "unhealthy" as const),
    reason: fc.string(),
  }),
);

const command = fc.record({
  ...ref,
  incarnation: count,
  kind: fc.string(),
  to: nodeId,
  term,
  sequence: ordinal,
});
const order = fc.record({
  program: fc.string(),
  kind: fc.string(),
  seed: bytes(32),
  fork: fc.option(fc.record({ parent: originHash, sequence: count }), { nil: undefined }),
  hostConfig: fc.record({ maxEventBytes: fc.option(ordinal, { nil: undefined }) }),
  config: some,
});
const member = fc.record({
  slot,
  incarnation: ordinal,
  originHash,
  kind: fc.string(),
  program: fc.string(),
  deliveryIndex: count,
  health,
  saturation: fc.double({ min: 0, max: 1, noNaN: true }).map((n) => n + 0),
  details: some,
});
const status = fc.record({
  nodeId,
  term,
  members: fc.array(member, { maxLength: 4 }),
  incarnations: fc.array(fc.record({ slot, incarnation: count }), { maxLength: 4 }),
  reports: fc.nat(64),
});
const event = fc.record({
  producer: originHash,
  incarnation: count,
  sequence: ordinal,
  payload: some,
  timeMs: fc.nat(),
  seed: some,
});
const delivery = fc.record({ ...ref, term, event });
const message = fc.record({
  ...ref,
  kind: fc.string(),
  term,
  from: fc.record({ slot, incarnation: ordinal }),
  payload: some,
});
const reports = fc.array(fc.record({ id: ordinal, report: some }), { maxLength: 4 });

/** Each format with an encoder of something arbitrary, and a decoder. */
const formats: readonly [
  string,
  fc.Arbitrary<{ readonly value: unknown; readonly encoded: Uint8Array }>,
  (encoded: Uint8Array) => unknown,
][] = [
  [
    "command",
    fc.tuple(command, some).map(([value, payload]) => ({
      value: { ...value, payloadDigest: payloadDigest(payload), payloadBytes: payload.length },
      encoded: encodeCommand(value, payload),
    })),
    decodeCommand,
  ],
  [
    "spawn order",
    order.map((value) => ({ value, encoded: encodeSpawnOrder(value) })),
    decodeSpawnOrder,
  ],
  [
    "member status",
    member.map((value) => ({ value, encoded: encodeMemberStatus(value) })),
    decodeMemberStatus,
  ],
  [
    "host status",
    status.map((value) => ({ value, encoded: encodeHostStatus(value) })),
    decodeHostStatus,
  ],
  [
    "delivery",
    delivery.map((value) => ({ value, encoded: encodeDelivery(value) })),
    decodeDelivery,
  ],
  [
    "message",
    message.map((value) => ({
      value: { message: value, follows: 0 },
      encoded: encodeMessage(value, true),
    })),
    decodeMessage,
  ],
  ["reports", reports.map((value) => ({ value, encoded: encodeReports(value) })), decodeReports],
];

describe.each(formats)("a %s", (_, arbitrary, decode) => {
  test("comes back as it was", () => {
    fc.assert(
      fc.property(arbitrary, ({ value, encoded }) => {
        expect(decode(encoded)).toEqual(value);
      }),
    );
  });

  test("that was damaged or made up is read as something else, or refused as a bad command", () => {
    const damaged = fc
      .tuple(arbitrary, fc.nat(), fc.integer({ min: 1, max: 255 }), fc.boolean())
      .map(([{ encoded }, at, flip, isCut]) => {
        if (isCut) return encoded.subarray(0, at % (encoded.length + 1));
        const changed = encoded.slice();
        const index = at % Math.max(1, changed.length);
        changed[index] = (changed[index] ?? 0) ^ flip;
        return changed;
      });
    fc.assert(
      fc.property(fc.oneof(damaged, fc.uint8Array({ maxLength: 80 })), (encoded) => {
        try {
          decode(encoded);
        } catch (error) {
          expect(isComputeError(error, "bad-command")).toBe(true);
        }
      }),
      { numRuns: 300 },
    );
  });
});
