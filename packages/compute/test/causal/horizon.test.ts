import { toHex } from "@selvage/core";
import type { OriginHash } from "@selvage/identity";
import { describe, expect, test } from "vitest";

import {
  arePotentiallyConcurrent,
  horizonMayContain,
  ObservedHorizon,
} from "../../src/causal/horizon.ts";
import { originTag } from "../../src/causal/origin-tag.ts";
import { MAX_HORIZON_ORIGINS } from "../../src/defaults.ts";
import { identities, identityOf } from "../identities.ts";
import { kindOf } from "../kind-of.ts";

// Computed from the definition by other means.
const KNOWN_HORIZON =
  "0100000000000000020000104000000001000000a6ec4ed81a417f1bc9f458b1f5b41ae10500000000000000";

const origins = identities(64).map(({ originHash }) => originHash);
const [alice, bob, carol, dave] = [1, 2, 3, 4].map((n) => identityOf(n).originHash) as [
  OriginHash,
  OriginHash,
  OriginHash,
  OriginHash,
];

function horizonOf(...seen: readonly (readonly [OriginHash, number])[]): ObservedHorizon {
  const horizon = new ObservedHorizon();
  for (const [origin, sequence] of seen) horizon.observe(origin, sequence);
  return horizon;
}

describe("ObservedHorizon", () => {
  test("remembers the highest sequence of each origin, and counts progress only", () => {
    const horizon = horizonOf([alice, 5], [bob, 1], [alice, 3], [alice, 5]);
    expect(horizon.sequenceOf(alice)).toBe(5);
    expect(horizon.hasObserved(alice, 4)).toBe(true);
    expect(horizon.hasObserved(alice, 6)).toBe(false);
    expect(horizon.hasObserved(carol, 0)).toBe(false);
    expect(horizon.clock).toBe(2);
  });

  test("merges to the higher of each, with a clock ahead of both", () => {
    const horizon = horizonOf([alice, 5], [bob, 1]);
    const other = horizonOf([bob, 7], [carol, 2], [dave, 1]);
    horizon.merge(other);
    expect(Object.fromEntries(horizon.entries())).toEqual({
      [alice]: 5,
      [bob]: 7,
      [carol]: 2,
      [dave]: 1,
    });
    expect(horizon.clock).toBe(4);
    expect(other.size).toBe(3);
  });

  test("goes through bytes unchanged", () => {
    const horizon = horizonOf([alice, 5], [bob, Number.MAX_SAFE_INTEGER]);
    const again = ObservedHorizon.decode(horizon.encode());
    expect([...again.entries()]).toEqual([...horizon.entries()]);
    expect([again.clock, again.encoded]).toEqual([horizon.clock, horizon.encoded]);
  });

  test("has the bytes that other implementations must write", () => {
    const horizon = horizonOf([identityOf(1).originHash, 5]);
    expect(toHex(horizon.encode())).toBe(KNOWN_HORIZON);
  });

  test("refuses bytes that contradict themselves or lack something", () => {
    const bytes = horizonOf([alice, 5], [bob, 1]).encode();
    const decode = (): unknown => ObservedHorizon.decode(bytes);
    expect(kindOf(() => ObservedHorizon.decode(bytes.subarray(1)))).toBe("bad-horizon: limit");
    expect(kindOf(() => ObservedHorizon.decode(bytes.subarray(0, 40)))).toBe(
      "bad-horizon: truncated",
    );
    bytes.fill(0, 8, 16);
    expect(kindOf(decode)).toBe("bad-horizon: inconsistent");
    bytes.fill(255, 8, 16);
    bytes.copyWithin(20 + 24, 20, 20 + 24);
    expect(kindOf(decode)).toBe("bad-horizon: inconsistent");
    bytes.fill(255, 16, 20);
    expect(kindOf(decode)).toBe("bad-horizon: limit");
  });

  test("is bounded, and even then never denies what it saw", () => {
    const horizon = new ObservedHorizon();
    const many = Array.from(
      { length: MAX_HORIZON_ORIGINS },
      (_, i) => i.toString(16).padStart(32, "0") as OriginHash,
    );
    horizon.observe(alice, 1);
    for (const origin of many) horizon.observe(origin, 1);
    expect(horizon.size).toBe(MAX_HORIZON_ORIGINS);
    expect(horizon.sequenceOf(alice)).toBeUndefined();
    expect(horizonMayContain(horizon.encoded, originTag(alice))).toBe(true);
    const again = ObservedHorizon.decode(horizon.encode());
    expect(again.encoded).toBe(horizon.encoded);
  });

  test("has copies that go their own way", () => {
    const horizon = horizonOf([alice, 5]);
    const copy = horizon.clone();
    copy.observe(bob, 1);
    expect(horizon.size).toBe(1);
    expect([copy.size, copy.clock]).toEqual([2, 2]);
  });
});

describe("the compact form", () => {
  test("never denies an origin that was seen", () => {
    const horizon = new ObservedHorizon();
    for (const origin of origins) {
      horizon.observe(origin, 1);
      for (const [seen] of horizon.entries()) {
        expect(horizonMayContain(horizon.encoded, originTag(seen))).toBe(true);
      }
    }
  });

  test("takes fewer than 60 % of strangers for known with 16 origins", () => {
    const horizon = new ObservedHorizon();
    for (const origin of origins.slice(0, 16)) horizon.observe(origin, 1);
    const strangers = identities(500).slice(64);
    const taken = strangers.filter(({ originHash }) =>
      horizonMayContain(horizon.encoded, originTag(originHash)),
    );
    expect(taken.length / strangers.length).toBeLessThan(0.6);
  });

  test("tells events of which neither origin knew of the other", () => {
    const a = { origin: originTag(alice), horizon: 0n };
    const b = { origin: originTag(bob), horizon: 0n };
    expect(arePotentiallyConcurrent(a, b)).toBe(true);
    const knowsAlice = { ...b, horizon: horizonOf([alice, 1]).encoded };
    expect(arePotentiallyConcurrent(a, knowsAlice)).toBe(false);
    expect(arePotentiallyConcurrent(knowsAlice, a)).toBe(false);
  });
});
