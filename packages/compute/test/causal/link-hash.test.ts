import { expect, test } from "vitest";

import { encodeLink } from "../../src/causal/causal-link.ts";
import { linkHash } from "../../src/causal/link-hash.ts";
import { originTag } from "../../src/causal/origin-tag.ts";
import { digestLabel, shortDigest } from "../../src/wire/digest.ts";
import { identityOf } from "../identities.ts";

const LABEL = digestLabel("selvage-link-1");
const link = {
  origin: originTag(identityOf(1).originHash),
  horizon: 5n,
  sequence: 9,
  parentHash: 3n,
};

test("events are hashed over label, link and payload, whatever length came before", () => {
  // Around the length up to which hashing reuses its memory, and small ones after large ones.
  for (const length of [0, 4_047, 4_048, 4_049, 10_000, 1, 4_048, 0]) {
    const payload = new Uint8Array(length).fill(length % 251);
    expect(linkHash({ link, payload })).toBe(shortDigest(LABEL, encodeLink(link), payload));
  }
});
