import { toHex, utf8 } from "@selvage/core";
import { describe, expect, test } from "vitest";

import { CausalChain } from "../../src/causal/causal-chain.ts";
import { type CausalEvent, decodeLink, encodeLink } from "../../src/causal/causal-link.ts";
import { forkSentinel, linkHash, syncSentinel } from "../../src/causal/link-hash.ts";
import { originTag } from "../../src/causal/origin-tag.ts";
import { verifyChain, verifyLink } from "../../src/causal/verify.ts";
import { identityOf } from "../identities.ts";
import { kindOf } from "../kind-of.ts";

// Computed from the definitions by other means.
const KNOWN_LINK = "a6ec4ed81a417f1b0000000000000000020000000000000039d7331950197b97";
const KNOWN_SYNC = 16320986098822246908n;
const KNOWN_FORK = 9740113380002683131n;

const alice = identityOf(1).originHash;
const bob = identityOf(2).originHash;

const [genesis, first, second, third] = chainOfThree();

function chainOfThree(): readonly [CausalEvent, CausalEvent, CausalEvent, CausalEvent] {
  const chain = CausalChain.begin(alice);
  const append = (text: string): CausalEvent => chain.append(utf8(text), 0n);
  return [chain.head, append("a"), append("b"), append("c")];
}

describe("CausalLink", () => {
  test("takes 32 bytes, all of which are read again", () => {
    const link = {
      origin: originTag(alice),
      horizon: 0x0123_4567_89ab_cdefn,
      sequence: Number.MAX_SAFE_INTEGER,
      parentHash: 0xffff_ffff_ffff_ffffn,
    };
    expect(encodeLink(link)).toHaveLength(32);
    expect(decodeLink(encodeLink(link))).toEqual(link);
  });

  test("has the bytes that other implementations must write", () => {
    expect(toHex(encodeLink(second.link))).toBe(KNOWN_LINK);
  });

  test("is refused in any other length, and with a sequence beyond the safe integers", () => {
    expect(kindOf(() => decodeLink(new Uint8Array(31)))).toBe("bad-link: truncated");
    expect(kindOf(() => decodeLink(new Uint8Array(33)))).toBe("bad-link: trailing");
    expect(kindOf(() => decodeLink(new Uint8Array(32).fill(255)))).toBe("bad-link: limit");
  });
});

describe("a chain", () => {
  test("begins after an unsent genesis, so that its first event is 1", () => {
    expect(genesis.link).toMatchObject({ sequence: 0, parentHash: 0n });
    expect(first.link.sequence).toBe(1);
    expect(first.link.parentHash).toBe(linkHash(genesis));
  });

  test("verifies as it was built", () => {
    expect(() => verifyChain([genesis, first, second, third])).not.toThrow();
    expect(() => verifyChain([second, third])).not.toThrow();
  });

  test("is not changed by a payload that its giver goes on writing to", () => {
    const payload = utf8("a");
    const chain = CausalChain.begin(alice);
    const event = chain.append(payload, 0n);
    payload.fill(0);
    expect(event.payload).toEqual(utf8("a"));
  });

  test("resumes from its head as if it had never stopped", () => {
    const chain = CausalChain.begin(alice);
    const resumed = CausalChain.resume(alice, chain.append(utf8("a"), 0n));
    expect(resumed.append(utf8("b"), 5n)).toEqual(chain.append(utf8("b"), 5n));
  });

  test("does not resume from the head of somebody else", () => {
    expect(kindOf(() => CausalChain.resume(bob, first))).toBe("identity-mismatch");
  });

  test("ends at the largest safe integer instead of repeating sequences", () => {
    const last = { ...first, link: { ...first.link, sequence: Number.MAX_SAFE_INTEGER } };
    const chain = CausalChain.resume(alice, last);
    expect(kindOf(() => chain.append(utf8("b"), 0n))).toBe("exhausted");
    expect(chain.head).toEqual(last);
  });
});

describe("a forged link", () => {
  test("of another origin is refused first", () => {
    const forged = { ...third.link, origin: originTag(bob) };
    expect(kindOf(() => verifyLink(first, forged))).toBe("bad-link: origin");
  });

  test("after a gap, or twice, is refused before its parent is looked at", () => {
    expect(kindOf(() => verifyLink(first, third.link))).toBe("bad-link: sequence");
    expect(kindOf(() => verifyLink(second, second.link))).toBe("bad-link: sequence");
  });

  test("with another parent is refused", () => {
    const forged = { ...second.link, parentHash: second.link.parentHash ^ 1n };
    expect(kindOf(() => verifyLink(first, forged))).toBe("bad-link: parent");
  });

  test("after an altered payload is refused", () => {
    const altered = { ...first, payload: utf8("A") };
    expect(kindOf(() => verifyChain([altered, second]))).toBe("bad-link: parent");
  });

  test("cannot anchor a chain with content of its own", () => {
    const anchor = { ...genesis, payload: utf8("mine") };
    expect(kindOf(() => verifyChain([anchor]))).toBe("bad-link: genesis");
    const sentinel = { ...anchor, link: { ...anchor.link, parentHash: 7n } };
    expect(kindOf(() => verifyChain([sentinel]))).toBe("bad-link: genesis");
    const parentless = { ...first, link: { ...first.link, parentHash: 0n } };
    expect(kindOf(() => verifyChain([parentless]))).toBe("bad-link: genesis");
  });
});

describe("a break in a chain", () => {
  test("is told by its sentinel, and accepted by those who know of it only", () => {
    const chain = CausalChain.begin(alice);
    const before = chain.append(utf8("a"), 0n);
    const sentinel = syncSentinel(bob, 17);
    chain.breakOff(sentinel);
    expect(chain.sentinel).toBe(sentinel);
    const after = chain.append(utf8("b"), 0n);
    expect(chain.sentinel).toBeUndefined();
    expect(kindOf(() => verifyChain([before, after]))).toBe("bad-link: parent");
    expect(() => verifyChain([before, after], { sentinels: [sentinel] })).not.toThrow();
    expect(() => verifyChain([after, chain.append(utf8("c"), 0n)])).not.toThrow();
  });

  test("names its source and how far it was", () => {
    expect(syncSentinel(bob, 17)).toBe(KNOWN_SYNC);
    expect(syncSentinel(bob, 18)).not.toBe(KNOWN_SYNC);
    expect(syncSentinel(alice, 17)).not.toBe(KNOWN_SYNC);
  });
});

describe("a fork", () => {
  test("begins with a genesis that says of whom and where", () => {
    const fork = CausalChain.fork(bob, alice, 5);
    expect(fork.head.link).toMatchObject({ origin: originTag(bob), sequence: 0 });
    expect(fork.head.link.parentHash).toBe(forkSentinel(alice, 5));
    expect(() => verifyChain([fork.head, fork.append(utf8("a"), 0n)])).not.toThrow();
    expect(forkSentinel(alice, 5)).toBe(KNOWN_FORK);
    expect(forkSentinel(alice, 6)).not.toBe(KNOWN_FORK);
  });
});
