import { concatBytes } from "@selvage/core";
import { expect, test } from "vitest";

import { CausalChain } from "../../src/causal/causal-chain.ts";
import { readEvents, writeEvents } from "../../src/causal/framing.ts";
import { identityOf } from "../identities.ts";

const chain = CausalChain.begin(identityOf(1).originHash);
const small = chain.append(new Uint8Array(10), 0n);
const large = chain.append(new Uint8Array(100), 0n);
const last = chain.append(new Uint8Array(0), 0n);

test("an event too large for a frame is skipped and counted", () => {
  const written = writeEvents([small, large, last], 64);
  expect(written).toMatchObject({ eventsWritten: 2, eventsSkipped: 1 });
  expect(readEvents(written.bytes, 64).events).toEqual([small, last]);
});

test("reading stops at a frame that is larger than allowed or shorter than a link", () => {
  const { bytes } = writeEvents([small, large, last]);
  expect(readEvents(bytes, 64).events).toEqual([small]);
  const tooShort = concatBytes(Uint8Array.of(31, 0, 0, 0), new Uint8Array(31));
  expect(readEvents(tooShort)).toEqual({ events: [], bytesRead: 0 });
});

test("reading stops at a link whose sequence no number can hold", () => {
  const first = writeEvents([small]).bytes;
  const second = writeEvents([last]).bytes;
  second.fill(255, 4 + 16, 4 + 24);
  const read = readEvents(concatBytes(first, second));
  expect(read).toEqual({ events: [small], bytesRead: first.length });
});
