import { utf8 } from "@selvage/core";
import { expect, test } from "vitest";

import { CausalChain } from "../../src/causal/causal-chain.ts";
import type { CausalEvent } from "../../src/causal/causal-link.ts";
import { EntityLog } from "../../src/causal/entity-log.ts";
import { syncSentinel } from "../../src/causal/link-hash.ts";
import { identityOf } from "../identities.ts";
import { kindOf } from "../kind-of.ts";

const alice = identityOf(1).originHash;
const bob = identityOf(2).originHash;

const [first, second, third, fourth] = chainOfFour();

function chainOfFour(): readonly [CausalEvent, CausalEvent, CausalEvent, CausalEvent] {
  const chain = CausalChain.begin(alice);
  const append = (text: string): CausalEvent => chain.append(utf8(text), 0n);
  return [append("a"), append("b"), append("c"), append("d")];
}

function logOf(...content: readonly CausalEvent[]): EntityLog {
  const log = new EntityLog(alice);
  for (const event of content) log.append(event);
  return log;
}

const sequences = (list: readonly CausalEvent[]): readonly number[] =>
  list.map(({ link }) => link.sequence);

test("a log takes the events of its origin in order", () => {
  const log = logOf(first, second, third, fourth);
  expect(log.length).toBe(4);
  expect(log.head?.link.sequence).toBe(4);
  expect(sequences(log.range(2, 3))).toEqual([2, 3]);
  expect(sequences(log.after(3))).toEqual([4]);
});

test("a log refuses what does not continue it, and stays as it was", () => {
  const log = logOf(first, second);
  const foreign = CausalChain.begin(bob).append(utf8("x"), 0n);
  expect(kindOf(() => log.append(foreign))).toBe("bad-link: origin");
  expect(kindOf(() => log.append(second))).toBe("bad-link: duplicate");
  expect(kindOf(() => logOf(first, third))).toBe("bad-link: sequence");
  const forged = { ...third, link: { ...third.link, parentHash: 1n } };
  expect(kindOf(() => log.append(forged))).toBe("bad-link: parent");
  expect(sequences(log.after(0))).toEqual([1, 2]);
  log.append(third);
  expect(log.length).toBe(3);
});

test("a genesis with content is no anchor", () => {
  const { head } = CausalChain.begin(alice);
  expect(() => logOf(head)).not.toThrow();
  expect(kindOf(() => logOf({ ...head, payload: utf8("mine") }))).toBe("bad-link: genesis");
});

test("pruning below the first event changes nothing", () => {
  const log = logOf(second, third);
  expect(log.pruneThrough(1)).toBe(0);
  expect(log.prunedThrough).toBeUndefined();
  expect(log.length).toBe(2);
});

test("after pruning, the next event is still checked", () => {
  const log = logOf(first, second, third);
  expect(log.pruneThrough(3)).toBe(3);
  expect([log.length, log.prunedThrough, log.head]).toEqual([0, 3, third]);
  expect(kindOf(() => log.append(third))).toBe("bad-link: duplicate");
  const forged = { ...fourth, link: { ...fourth.link, parentHash: 1n } };
  expect(kindOf(() => log.append(forged))).toBe("bad-link: parent");
  log.append(fourth);
  expect(log.pruneThrough(3)).toBe(0);
  expect(log.prunedThrough).toBe(3);
});

test("a full log refuses the next event until it is pruned", () => {
  const log = new EntityLog(alice, { maxEvents: 2 });
  log.append(first);
  log.append(second);
  expect(kindOf(() => log.append(third))).toBe("buffer-full");
  log.pruneThrough(1);
  log.append(third);
  expect(sequences(log.after(0))).toEqual([2, 3]);
});

test("a log follows over a break that it was told of", () => {
  const chain = CausalChain.begin(alice);
  const sentinel = syncSentinel(bob, 3);
  const log = new EntityLog(alice, { sentinels: [sentinel] });
  log.append(chain.append(utf8("a"), 0n));
  chain.breakOff(sentinel);
  log.append(chain.append(utf8("b"), 0n));
  expect(log.length).toBe(2);
});
