import { expect, test } from "vitest";

import { NewReno } from "../src/recovery/congestion.ts";

const DATAGRAM = 1_200;
const INITIAL = 10 * DATAGRAM;

test("starts with ten datagrams", () => {
  expect(new NewReno(DATAGRAM).windowBytes).toBe(INITIAL);
});

test("grows by what was acknowledged in slow start", () => {
  const reno = new NewReno(DATAGRAM);
  for (let i = 0; i < 10; i++) reno.onAcked(DATAGRAM, 1, true);
  expect(reno.windowBytes).toBe(2 * INITIAL);
});

test("does not grow while the application, not the window, holds sending back", () => {
  const reno = new NewReno(DATAGRAM);
  reno.onAcked(DATAGRAM, 1, false);
  expect(reno.windowBytes).toBe(INITIAL);
});

test("halves once per episode, however many packets of it are lost", () => {
  const reno = new NewReno(DATAGRAM);
  reno.onLost(5, 10);
  reno.onLost(8, 12);
  reno.onLost(10, 14);
  expect(reno.windowBytes).toBe(INITIAL / 2);
  reno.onLost(11, 20);
  expect(reno.windowBytes).toBe(INITIAL / 4);
});

test("does not grow by acknowledgements of what was sent before the cut", () => {
  const reno = new NewReno(DATAGRAM);
  reno.onLost(5, 10);
  reno.onAcked(DATAGRAM, 9, true);
  expect(reno.windowBytes).toBe(INITIAL / 2);
});

test("grows by about one datagram per window after a cut", () => {
  const reno = new NewReno(DATAGRAM);
  reno.onLost(5, 10);
  const before = reno.windowBytes;
  for (let i = 0; i < before / DATAGRAM; i++) reno.onAcked(DATAGRAM, 11, true);
  expect(reno.windowBytes - before).toBeGreaterThan(0.8 * DATAGRAM);
  expect(reno.windowBytes - before).toBeLessThanOrEqual(DATAGRAM);
});

test("never falls below two datagrams", () => {
  const reno = new NewReno(DATAGRAM);
  for (let at = 1; at < 20; at++) reno.onLost(10 * at, 10 * at + 1);
  expect(reno.windowBytes).toBe(2 * DATAGRAM);
});

test("after persistent congestion starts over from the minimum and grows at once", () => {
  const reno = new NewReno(DATAGRAM);
  reno.onLost(5, 10);
  reno.onPersistentCongestion();
  expect(reno.windowBytes).toBe(2 * DATAGRAM);
  reno.onAcked(DATAGRAM, 6, true);
  expect(reno.windowBytes).toBe(3 * DATAGRAM);
});
