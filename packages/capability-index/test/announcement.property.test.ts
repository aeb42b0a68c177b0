import { toHex } from "@selvage/core";
import { nodeProvider } from "@selvage/identity";
import { ManualClock } from "@selvage/testing";
import fc from "fast-check";
import { expect, test } from "vitest";

import {
  AnnouncementVerifier,
  CapabilityIndex,
  CapabilitySet,
  encodeAnnouncement,
} from "../src/index.ts";
import { announce, identity, WALL_MS } from "./fixtures.ts";

const clock = new ManualClock({ wallStartMs: WALL_MS });
const verifier = new AnnouncementVerifier({
  clock,
  provider: nodeProvider(),
  nodeId: identity(99).nodeId,
  known: new CapabilityIndex({ clock }),
});

const genuine = announce(1, {
  capabilities: CapabilitySet.empty.withTags("nrpc:echo").withMetadata("k", "v"),
  addresses: ["10.0.0.1:9000"],
});
const bytes = encodeAnnouncement({ ...genuine, hopCount: 2, ageMs: 10 });

test("an announcement cut short is dropped, but for what is outside of the signature", () => {
  const outer = 2 + 9; // hop count and age
  const accepted = [...bytes.keys()].filter(
    (length) => verifier.verify(bytes.subarray(0, length)).status === "accepted",
  );
  expect(accepted).toEqual([bytes.length - outer, bytes.length - outer + 2]);
});

test("mangled bytes never throw and never pass for something the node did not sign", () => {
  const flip = fc.record({
    at: fc.nat({ max: bytes.length - 1 }),
    mask: fc.integer({ min: 1, max: 255 }),
  });
  fc.assert(
    fc.property(fc.array(flip, { minLength: 1, maxLength: 4 }), (flips) => {
      const mangled = bytes.slice();
      for (const { at, mask } of flips) mangled[at] = (mangled[at] ?? 0) ^ mask;
      const verdict = verifier.verify(mangled);
      if (verdict.status === "accepted") {
        expect(toHex(verdict.announcement.body)).toBe(toHex(genuine.body));
      } else {
        expect(verdict.status).toBe("dropped");
      }
    }),
    { numRuns: 500 },
  );
});

test("arbitrary bytes are dropped", () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 300 }), (noise) => {
      expect(verifier.verify(noise).status).toBe("dropped");
    }),
  );
});
