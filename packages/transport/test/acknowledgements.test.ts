import { expect, test } from "vitest";

import { Acknowledgements } from "../src/session/acknowledgements.ts";

const FOREVER = Number.POSITIVE_INFINITY;

test("nothing received is nothing to acknowledge, by force either", () => {
  const acks = new Acknowledgements(5);
  expect([acks.dueAt, acks.isDue(1e9, true), acks.delays(0, 0)]).toEqual([
    FOREVER,
    false,
    undefined,
  ]);
});

test("a lone packet's ACK may wait for company, but no longer than the maximum delay", () => {
  const acks = new Acknowledgements(5);
  acks.onEliciting(100, false);
  expect([acks.dueAt, acks.isDue(104, false), acks.isDue(105, false)]).toEqual([105, false, true]);
});

test("the second packet's ACK leaves at once", () => {
  const acks = new Acknowledgements(5);
  acks.onEliciting(100, false);
  acks.onEliciting(101, false);
  expect(acks.isDue(101, false)).toBe(true);
});

test("a gap is reported at once", () => {
  const acks = new Acknowledgements(5);
  acks.onEliciting(100, true);
  expect(acks.isDue(100, false)).toBe(true);
});

test("forced, whatever waits leaves at once", () => {
  const acks = new Acknowledgements(5);
  acks.onEliciting(100, false);
  expect(acks.isDue(100, true)).toBe(true);
});

test("says for how long the oldest packet waited, and how late our loop is", () => {
  const acks = new Acknowledgements(5);
  acks.onEliciting(100, false);
  acks.onEliciting(102, false);
  expect(acks.delays(103, 17)).toEqual({ ackDelayMs: 3, loopDelayMs: 17 });
});

test("once sent, nothing waits any more", () => {
  const acks = new Acknowledgements(5);
  acks.onEliciting(100, true);
  acks.onSent();
  expect([acks.dueAt, acks.isDue(200, true), acks.delays(200, 0)]).toEqual([
    FOREVER,
    false,
    undefined,
  ]);
  acks.onEliciting(300, false);
  expect([acks.dueAt, acks.isDue(300, false)]).toEqual([305, false]);
});
