import { utf8 } from "@selvage/core";
import { ManualClock } from "@selvage/testing";
import fc from "fast-check";
import { expect, test } from "vitest";

import { DaemonHost } from "../../src/daemon/daemon-host.ts";
import { isComputeError } from "../../src/errors.ts";
import { decodeSnapshot } from "../../src/snapshot/decode-snapshot.ts";
import { encodeSnapshot, snapshotChecksum } from "../../src/snapshot/encode-snapshot.ts";
import { Counter, hostOf, producerOf } from "../daemons.ts";
import { identityOf } from "../identities.ts";
import { present } from "../present.ts";
import { snapshotAt } from "../snapshots.ts";

test("a daemon interrupted anywhere ends as the one that was not, retries included", () => {
  const step = fc.record({
    producer: fc.integer({ min: 0, max: 2 }),
    amount: fc.integer({ min: 0, max: 9 }),
    isRepeated: fc.boolean(),
    isInterrupted: fc.boolean(),
  });
  fc.assert(
    fc.property(fc.array(step, { maxLength: 25 }), (steps) => {
      const identity = identityOf(1);
      const straight = hostOf(new Counter(), { identity });
      let interrupted = hostOf(new Counter(), { identity });
      const producers = [producerOf(1), producerOf(2), producerOf(3)];
      for (const { producer, amount, isRepeated, isInterrupted } of steps) {
        const event = present(producers[producer]).next(utf8(String(amount)));
        const expected = straight.deliver(event);
        expect(interrupted.deliver(event)).toEqual(expected);
        if (isInterrupted) {
          const bytes = encodeSnapshot(present(interrupted.takeSnapshot()));
          const parts = { daemon: new Counter(), identity, clock: new ManualClock() };
          interrupted = DaemonHost.fromSnapshot(parts, decodeSnapshot(bytes));
        }
        if (isRepeated) {
          expect(interrupted.deliver(event)).toEqual({ ...expected, repeated: true });
        }
      }
      expect(interrupted.takeSnapshot()).toEqual(straight.takeSnapshot());
    }),
    { numRuns: 50 },
  );
});

test("bytes of any content with a right checksum give a snapshot that can be used, or a typed error", () => {
  const base = encodeSnapshot(snapshotAt(3)).slice(0, -32);
  const change = fc.record({
    at: fc.nat(base.length - 1),
    removed: fc.nat(8),
    added: fc.uint8Array({ maxLength: 8 }),
  });
  fc.assert(
    fc.property(fc.array(change, { minLength: 1, maxLength: 4 }), (changes) => {
      let content = base;
      for (const { at, removed, added } of changes) {
        content = Uint8Array.of(
          ...content.subarray(0, at),
          ...added,
          ...content.subarray(at + removed),
        );
      }
      try {
        const snapshot = decodeSnapshot(Uint8Array.of(...content, ...snapshotChecksum(content)));
        expect(decodeSnapshot(encodeSnapshot(snapshot))).toEqual(snapshot);
      } catch (error) {
        expect(isComputeError(error, "bad-snapshot")).toBe(true);
      }
    }),
    { numRuns: 1_000 },
  );
});
