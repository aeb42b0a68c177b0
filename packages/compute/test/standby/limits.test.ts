import { expect, test } from "vitest";

import { resolveStandbyConfig } from "../../src/standby/standby-settings.ts";
import { Rig } from "./rig.ts";

test("standbys get the state instead of events before they keep too many", async () => {
  const rig = await Rig.start({ maxLogEvents: 10 });
  for (let i = 1; i <= 40; i++) await rig.deliver(String(i));
  await rig.time.advance(100);
  const { base, history } = rig.on(2).member.details;
  expect(history.last).toBe(40);
  expect(history.last - base).toBeLessThanOrEqual(11);
  expect(rig.on(2).ledger.entries).toHaveLength(base);
  expect(rig.inSync(1)).toEqual([0, 1, 2]);
});

test("the same by bytes", async () => {
  const rig = await Rig.start({ maxLogBytes: 10_000 });
  for (let i = 1; i <= 20; i++) await rig.deliver("x".repeat(1_000));
  await rig.time.advance(100);
  expect(rig.on(2).member.details.base).toBeGreaterThan(8);
});

test("many events at once are all applied once, in the order of their arrival", async () => {
  const rig = await Rig.start();
  const events = Array.from({ length: 200 }, (_, i) => rig.event(String(i + 1)));
  const answers = await rig.settle(Promise.all(events.map((event) => rig.group.deliver(event))));
  expect(new Set(answers.map(({ index }) => index)).size).toBe(200);
  expect(new Set(rig.ledger(1)).size).toBe(200);
});

test("more than there is room for is refused, and nothing of it is applied", async () => {
  const rig = await Rig.start({ maxLogEvents: 5 });
  const events = Array.from({ length: 30 }, (_, i) => rig.event(String(i + 1)));
  const results = await rig.settle(
    Promise.allSettled(events.map((event) => rig.group.deliver(event))),
  );
  const refused = results.filter(({ status }) => status === "rejected");
  expect(refused.length).toBeGreaterThan(0);
  for (const result of refused) {
    expect(result).toMatchObject({ reason: { kind: "buffer-full", delivered: "never" } });
  }
  expect(rig.ledger(1)).toHaveLength(30 - refused.length);
});

test("syncing gives every standby the state of the active", async () => {
  const rig = await Rig.start();
  for (const text of ["one", "two"]) await rig.deliver(text);
  expect(await rig.settle(rig.group.syncStandbys())).toBe(2);
  expect([rig.ledger(2), rig.ledger(3)]).toEqual([
    ["one", "two"],
    ["one", "two"],
  ]);
});

test("what is applied before a promotion is not applied again by it", async () => {
  const rig = await Rig.start();
  for (const text of ["one", "two"]) await rig.deliver(text);
  await rig.settle(rig.group.syncStandbys());
  await rig.deliver("three");
  rig.node(1).kill();
  await rig.settle(rig.group.onNodeFailure(rig.node(1).nodeId));
  expect(rig.ledger(2)).toEqual(["one", "two", "three"]);
});

test("a configuration names the number that makes no sense", () => {
  expect(resolveStandbyConfig(2).minInSync).toBe(1);
  expect(resolveStandbyConfig(3).minInSync).toBe(2);
  expect(() => resolveStandbyConfig(2, { minInSync: 3 })).toThrow(
    /minInSync .* from 1 to 2, got 3/,
  );
  expect(() => resolveStandbyConfig(2, { leaseMs: 0 })).toThrow(RangeError);
});
