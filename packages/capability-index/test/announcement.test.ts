import { toHex } from "@selvage/core";
import { Identity, nobleProvider, nodeProvider } from "@selvage/identity";
import { ManualClock } from "@selvage/testing";
import { describe, expect, test } from "vitest";

import { announcementSignatureInput } from "../src/announcement/announcement.ts";
import {
  type Announcement,
  type AnnouncementDropReason,
  announcementDropReasons,
  type AnnouncementVerdict,
  AnnouncementVerifier,
  CapabilityIndex,
  CapabilitySet,
  createAnnouncement,
  encodeAnnouncement,
  isCapabilityError,
  MAX_ADDRESSES,
  MAX_ANNOUNCEMENT_BYTES,
  MAX_GRANTS,
  MAX_HOPS,
  MAX_WALL_CLOCK_SKEW_MS,
  VERSION_MEMORY_MS,
} from "../src/index.ts";
import { encodeAnnouncementBody, encodeSignedAnnouncement } from "../src/wire/announcement.gen.ts";
import { announce, bootId, identity, WALL_MS } from "./fixtures.ts";

function createVerifier(own = 99): { verifier: AnnouncementVerifier; index: CapabilityIndex } {
  const clock = new ManualClock({ wallStartMs: WALL_MS });
  const index = new CapabilityIndex({ clock });
  const { nodeId } = identity(own);
  const parts = { clock, provider: nodeProvider(), nodeId, known: index };
  return { verifier: new AnnouncementVerifier(parts), index };
}

const verify = (bytes: Uint8Array): AnnouncementVerdict => createVerifier().verifier.verify(bytes);

/** Signs fields that `createAnnouncement` would refuse, as a node of another make might. */
function signRaw(
  n: number,
  overrides: Partial<Parameters<typeof encodeAnnouncementBody>[0]>,
  outer: { hopCount?: number; ageMs?: number } = {},
): Uint8Array {
  const body = encodeAnnouncementBody({
    entityId: identity(n).entityId,
    bootId: new Uint8Array(16),
    version: 1,
    wallMs: WALL_MS,
    ttlSeconds: 300,
    tombstone: false,
    tags: [],
    metadata: [],
    addresses: [],
    grants: [],
    allowedNodes: [],
    ...overrides,
  });
  const signature = identity(n).sign(announcementSignatureInput(body));
  return encodeSignedAnnouncement({ body, signature, hopCount: 0, ageMs: 0, ...outer });
}

test("what one node signs, another reads the same", () => {
  const announcement = announce(1, {
    version: 7,
    ttlSeconds: 60,
    capabilities: CapabilitySet.empty.withTags("nrpc:echo", "gpu").withMetadata("k", "v"),
    addresses: ["10.0.0.1:9000", "[::1]:9000"],
    grants: [Uint8Array.of(1, 2, 3)],
  });
  const received = { ...announcement, hopCount: 3, ageMs: 1234.5 };
  const verdict = verify(encodeAnnouncement(received));
  expect(verdict).toEqual({ status: "accepted", announcement: received });
});

test("an announcement is known byte for byte", () => {
  const announcement = createAnnouncement(
    Identity.fromSeed(new Uint8Array(32).fill(1), { provider: nobleProvider() }),
    {
      bootId: bootId(2),
      version: 3,
      wallMs: 4,
      ttlSeconds: 50,
      capabilities: CapabilitySet.empty.withTags("a").withMetadata("b", "c"),
      addresses: ["d:1"],
    },
  );
  expect(toHex(encodeAnnouncement(announcement))).toBe(
    "0a580a208a88e3dd7409f195fd52db2d3cba5d72ca6709bf1d94121bf3748801b40f6f5c12100202020202020202020202020202020219000000000000084021000000000000104028323a016142060a01621201634a03643a311240dd54b953dd9a80e12bfeeabd2371e49570808e86104fc24e8d473d8b48679962b72078dbf16a3eb27db6f70327b4e74e2ad71cdf47f5b275dd56f563100dbc0c",
  );
});

/** For every reason, bytes that are dropped for it. */
const DROPPED: Readonly<Record<AnnouncementDropReason, readonly (() => Uint8Array)[]>> = {
  oversize: [() => new Uint8Array(MAX_ANNOUNCEMENT_BYTES + 1)],
  malformed: [
    () => new Uint8Array(0),
    () => new Uint8Array(100).fill(0xff),
    () => encodeAnnouncement(announce(1)).subarray(0, -1),
    () => encodeAnnouncement({ ...announce(1), body: Uint8Array.of(0xff) }),
    () => encodeAnnouncement({ ...announce(1), signature: new Uint8Array(63) }),
    () => encodeAnnouncement(announce(1, { ageMs: -1 })),
    () => encodeAnnouncement(announce(1, { ageMs: Number.NaN })),
    () => encodeAnnouncement(announce(1, { ageMs: Number.POSITIVE_INFINITY })),
    () => signRaw(1, { entityId: new Uint8Array(31) }),
    () => signRaw(1, { bootId: new Uint8Array(15) }),
    () => signRaw(1, { version: 0 }),
    () => signRaw(1, { version: 1.5 }),
    () => signRaw(1, { version: 2 ** 53 }),
    () => signRaw(1, { wallMs: Number.NaN }),
    () => signRaw(1, { addresses: [""] }),
    () => signRaw(1, { addresses: ["a".repeat(263)] }),
    () => signRaw(1, { tags: [""] }),
    () => signRaw(1, { tags: ["a".repeat(1025)] }),
    () => signRaw(1, { metadata: [{ key: "", value: "" }] }),
    () => signRaw(1, { metadata: [{ key: "k", value: "a".repeat(16_384) }] }),
    () => signRaw(1, { allowedNodes: [new Uint8Array(15)] }),
  ],
  "hop-limit": [() => encodeAnnouncement({ ...announce(1), hopCount: MAX_HOPS + 1 })],
  "ttl-range": [() => signRaw(1, { ttlSeconds: 29 }), () => signRaw(1, { ttlSeconds: 901 })],
  "wall-clock": [
    () => encodeAnnouncement(announce(1, { wallMs: WALL_MS + MAX_WALL_CLOCK_SKEW_MS + 1 })),
    () => encodeAnnouncement(announce(1, { wallMs: WALL_MS - MAX_WALL_CLOCK_SKEW_MS - 1 })),
  ],
  expired: [
    () => encodeAnnouncement(announce(1, { ttlSeconds: 60, ageMs: 60_000 })),
    () => encodeAnnouncement(announce(1, { tombstone: true, ageMs: VERSION_MEMORY_MS })),
  ],
  "stale-version": [() => encodeAnnouncement(announce(2, { version: 5 }))],
  "not-sender": [() => encodeAnnouncement(announce(1))],
  "bad-signature": [
    () => encodeAnnouncement({ ...announce(1), signature: announce(2).signature }),
    () => encodeAnnouncement({ ...announce(1), signature: new Uint8Array(64) }),
    () => encodeAnnouncement({ ...announce(1), signature: identity(1).sign(announce(1).body) }),
    () => signRaw(1, { entityId: identity(2).entityId, version: 9 }),
    // The identity point as a key verifies anything where that is not looked at.
    () => signRaw(1, { entityId: Uint8Array.of(1, ...new Uint8Array(31)) }),
  ],
};

describe.each(Object.keys(DROPPED) as AnnouncementDropReason[])("dropped as %s", (reason) => {
  test.each(DROPPED[reason].map((make, i) => ({ make, i })))("case $i, and counted", ({ make }) => {
    const { verifier, index } = createVerifier();
    index.apply(announce(2, { version: 5 }));
    const via = reason === "not-sender" ? identity(3).nodeId : undefined;
    expect(verifier.verify(make(), via)).toEqual({ status: "dropped", reason });
    expect(verifier.stats().dropped[reason]).toBe(1);
    expect(verifier.stats().accepted).toBe(0);
  });
});

test("every reason has a case above, and a meaning", () => {
  expect(Object.keys(DROPPED).toSorted()).toEqual(Object.keys(announcementDropReasons).toSorted());
});

test("what is older than what is known is told apart, so that its sender can be told", () => {
  const { verifier, index } = createVerifier();
  index.apply(announce(2, { version: 5 }));
  const verdict = verifier.verify(encodeAnnouncement(announce(2, { version: 4 })));
  expect(verdict).toEqual({ status: "superseded", nodeId: identity(2).nodeId });
  expect(verifier.stats().dropped["stale-version"]).toBe(1);
});

test("only a node itself may hand over its announcement as its own word", () => {
  const own = encodeAnnouncement(announce(1));
  expect(createVerifier().verifier.verify(own, identity(1).nodeId).status).toBe("accepted");
  const passedOn = encodeAnnouncement({ ...announce(1), hopCount: 1 });
  expect(createVerifier().verifier.verify(passedOn, identity(3).nodeId).status).toBe("accepted");
});

test("what is just within the limits is accepted", () => {
  const within: readonly Uint8Array[] = [
    encodeAnnouncement({ ...announce(1), hopCount: MAX_HOPS }),
    encodeAnnouncement(announce(1, { ttlSeconds: 30, ageMs: 29_999 })),
    encodeAnnouncement(announce(1, { ttlSeconds: 900 })),
    encodeAnnouncement(announce(1, { tombstone: true, ageMs: VERSION_MEMORY_MS - 1 })),
    encodeAnnouncement(announce(1, { wallMs: WALL_MS + MAX_WALL_CLOCK_SKEW_MS })),
    encodeAnnouncement(announce(1, { version: Number.MAX_SAFE_INTEGER })),
  ];
  expect(within.map((bytes) => verify(bytes).status)).toEqual(within.map(() => "accepted"));
});

test("the age counts when wall times are compared", () => {
  const old = { ageMs: 200_000, wallMs: WALL_MS - MAX_WALL_CLOCK_SKEW_MS - 100_000 };
  expect(verify(encodeAnnouncement(announce(1, old))).status).toBe("accepted");
});

test("one's own announcement coming back is told apart, if it is news", () => {
  const { verifier, index } = createVerifier(1);
  const current = announce(1, { version: 5 });
  index.apply(current);
  const verdictOn = (announcement: Announcement): string => {
    const verdict = verifier.verify(encodeAnnouncement(announcement));
    return verdict.status === "dropped" ? verdict.reason : verdict.status;
  };
  expect(verdictOn(current)).toBe("stale-version");
  expect(verdictOn(announce(1, { version: 6 }))).toBe("own");
  expect(verdictOn({ ...announce(1, { version: 7 }), signature: current.signature })).toBe(
    "bad-signature",
  );
  expect(verifier.stats()).toMatchObject({ own: 1, accepted: 0 });
});

test("one's own is told apart however old it is, or far off its wall time: it must be outdone", () => {
  const { verifier } = createVerifier(1);
  const wallMs = WALL_MS + 2 * MAX_WALL_CLOCK_SKEW_MS;
  const former = encodeAnnouncement(announce(1, { version: 6, wallMs }));
  expect(verifier.verify(former).status).toBe("own");
  const expired = encodeAnnouncement(announce(1, { version: 7, ageMs: 500_000 }));
  expect(verifier.verify(expired).status).toBe("own");
});

test("hints to the scheduler are a node's own affair and stripped from what others announce", () => {
  const capabilities = CapabilitySet.from({
    metadata: { intent: "x", "colocate-with": "y", priority: "9", owner: "z", region: "eu" },
  });
  const verdict = verify(encodeAnnouncement(announce(1, { capabilities })));
  expect(verdict.status).toBe("accepted");
  expect(verdict).toMatchObject({
    announcement: { capabilities: CapabilitySet.from({ metadata: { region: "eu" } }) },
  });
});

test("nothing of a verdict refers to the bytes it was read from", () => {
  const bytes = encodeAnnouncement(announce(1, { grants: [Uint8Array.of(1)] }));
  const before = verify(bytes.slice());
  const verdict = verify(bytes);
  bytes.fill(0);
  expect(verdict).toEqual(before);
});

describe("signing refuses", () => {
  test("fields that no receiver would take", () => {
    expect(() => announce(1, { ttlSeconds: 29 })).toThrow(/whole number from 30 to 900, got 29/);
    expect(() => announce(1, { ttlSeconds: 30.5 })).toThrow(RangeError);
    expect(() => announce(1, { version: 0 })).toThrow(/version must be .* at least 1, got 0/);
    expect(() => announce(1, { bootId: "ab" })).toThrow(/bootId must be 16 bytes, got 1/);
    expect(() => announce(1, { wallMs: Number.NaN })).toThrow(/wallMs must be finite/);
    expect(() => announce(1, { addresses: ["a".repeat(300)] })).toThrow(/1 to 262 bytes/);
    const addresses = Array.from({ length: MAX_ADDRESSES }, (_, i) => `a:${i}`);
    expect(announce(1, { addresses }).addresses).toEqual(addresses);
    expect(() => announce(1, { addresses: [...addresses, "b:1"] })).toThrow(
      /addresses .*at most 16/,
    );
    const grants = Array.from({ length: MAX_GRANTS }, (_, i) => Uint8Array.of(i));
    expect(announce(1, { grants }).grants).toEqual(grants);
    expect(() => announce(1, { grants: [...grants, Uint8Array.of(0)] })).toThrow(/at most 64/);
  });

  test("a whole larger than receivers take, with kind oversize", () => {
    const tags = Array.from({ length: 70 }, (_, i) => `${i}-`.padEnd(1000, "x"));
    let thrown: unknown;
    try {
      announce(1, { tags });
    } catch (error) {
      thrown = error;
    }
    expect(isCapabilityError(thrown, "oversize")).toBe(true);
    expect(isCapabilityError(new Error("oversize"))).toBe(false);
    expect(String(thrown)).toMatch(/\[oversize\] an announcement has at most 65536 bytes, got 7/);
  });
});
