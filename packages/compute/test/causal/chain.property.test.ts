import fc from "fast-check";
import { expect, test } from "vitest";

import { CausalChain } from "../../src/causal/causal-chain.ts";
import type { CausalEvent } from "../../src/causal/causal-link.ts";
import { readEvents, writeEvents } from "../../src/causal/framing.ts";
import { verifyChain } from "../../src/causal/verify.ts";
import { identityOf } from "../identities.ts";
import { kindOf } from "../kind-of.ts";

const payloads = fc.array(fc.uint8Array({ maxLength: 40 }), { minLength: 1, maxLength: 8 });
const horizons = fc.bigInt({ min: 0n, max: 0xffff_ffff_ffff_ffffn });

function build(contents: readonly Uint8Array[], horizon: bigint): readonly CausalEvent[] {
  const chain = CausalChain.begin(identityOf(1).originHash);
  return contents.map((payload) => chain.append(payload, horizon));
}

test("events come out of their frames as they went in, and still make a chain", () => {
  fc.assert(
    fc.property(payloads, horizons, (contents, horizon) => {
      const events = build(contents, horizon);
      const { bytes, eventsWritten, eventsSkipped } = writeEvents(events);
      expect([eventsWritten, eventsSkipped]).toEqual([events.length, 0]);
      const read = readEvents(bytes);
      expect(read).toEqual({ events, bytesRead: bytes.length });
      verifyChain(read.events);
    }),
  );
});

test("of frames cut anywhere, the whole ones are read", () => {
  fc.assert(
    fc.property(payloads, fc.nat(), (contents, cut) => {
      const events = build(contents, 0n);
      const { bytes } = writeEvents(events);
      const length = cut % bytes.length;
      const read = readEvents(bytes.subarray(0, length));
      expect(read.events).toEqual(events.slice(0, read.events.length));
      expect(read.events.length).toBeLessThan(events.length);
      expect(read.bytesRead).toBeLessThanOrEqual(length);
    }),
  );
});

test("no byte of a chain can be flipped without being noticed at the event after it", () => {
  fc.assert(
    fc.property(payloads, fc.nat(), fc.integer({ min: 1, max: 255 }), (contents, at, flip) => {
      const chain = CausalChain.begin(identityOf(1).originHash);
      const events = contents.map((payload) => chain.append(payload, 0n));
      const last = chain.append(new Uint8Array(3), 0n);
      const { bytes } = writeEvents(events);
      const position = at % bytes.length;
      bytes.set([(bytes.at(position) ?? 0) ^ flip], position);
      const { events: read } = readEvents(bytes);
      // What does not verify, or is not all there, was noticed.
      const noticed =
        read.length < events.length ||
        kindOf(() => verifyChain([...read, last])).startsWith("bad-link");
      expect(noticed).toBe(true);
    }),
  );
});
