import { utf8 } from "@selvage/core";
import { ManualClock, seededEntropy } from "@selvage/testing";
import { expect, test } from "vitest";

import { EventProducer } from "../../src/daemon/event-producer.ts";
import { identityOf } from "../identities.ts";

const { originHash } = identityOf(1);

test("a producer numbers its events from 1 and stamps them with time and randomness", () => {
  const clock = new ManualClock({ wallStartMs: 1_000 });
  const producer = new EventProducer(originHash, { clock, entropy: seededEntropy(1) });
  const [first, second] = [producer.next(utf8("a")), producer.next(utf8("b"))];
  expect(first).toMatchObject({ producer: originHash, incarnation: 1_000, sequence: 1 });
  expect(second).toMatchObject({ sequence: 2, timeMs: 1_000, payload: utf8("b") });
  expect(first.seed).toHaveLength(32);
  expect(first.seed).not.toEqual(second.seed);
});

test("a producer started later has the higher incarnation", async () => {
  const clock = new ManualClock();
  const before = new EventProducer(originHash, { clock });
  await clock.advance(1);
  const after = new EventProducer(originHash, { clock });
  expect(after.incarnation).toBeGreaterThan(before.incarnation);
});

test("a payload is copied", () => {
  const payload = utf8("a");
  const event = new EventProducer(originHash).next(payload);
  payload.fill(0);
  expect(event.payload).toEqual(utf8("a"));
});

test("an incarnation that is none is refused", () => {
  expect(() => new EventProducer(originHash, { incarnation: -1 })).toThrow(TypeError);
  expect(() => new EventProducer(originHash, { incarnation: 0.5 })).toThrow(/0\.5/);
});
