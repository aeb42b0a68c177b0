import { describe, expect, test } from "vitest";

import { termAuthorityConformance } from "../../src/conformance/term-authority.ts";
import { MemoryTermAuthority } from "../../src/standby/memory-term-authority.ts";
import { present } from "../present.ts";
import { GROUP } from "./cluster.ts";
import { Rig } from "./rig.ts";

describe("MemoryTermAuthority", () => {
  const checks = termAuthorityConformance({
    setup: () =>
      Promise.resolve({ authority: new MemoryTermAuthority(), dispose: () => Promise.resolve() }),
  });
  test.each(checks)("$name", async ({ run }) => {
    await expect(run()).resolves.toBeUndefined();
  });
});

describe("a fenced group", () => {
  test("records who is active and who holds everything", async () => {
    const rig = await Rig.start({ mode: "fenced" });
    const { record } = present(await rig.authority.read(GROUP));
    expect(record.active.slot).toBe(0);
    expect(record.inSync.map(({ slot }) => slot).toSorted((a, b) => a - b)).toEqual([0, 1, 2]);
  });

  test("renews its lease as long as the active is well", async () => {
    const rig = await Rig.start({ mode: "fenced" });
    await rig.time.advance(30_000);
    await rig.deliver("one");
    expect(rig.ledger(1)).toEqual(["one"]);
  });

  test("waits for the lease of an active that does not answer", async () => {
    const rig = await Rig.start({ mode: "fenced", leaseMs: 3_000 });
    await rig.deliver("one");
    const before = rig.time.now();
    rig.node(1).machine.freeze();
    await rig.settle(rig.group.onNodeFailure(rig.node(1).nodeId));
    expect(rig.time.now() - before).toBeGreaterThan(3_000);
    await rig.time.advance(2_000);
    await rig.deliver("two");
    expect(rig.ledger(2)).toEqual(["one", "two"]);
  });

  test("does not wait for one that steps down", async () => {
    const rig = await Rig.start({ mode: "fenced" });
    const before = rig.time.now();
    await rig.settle(rig.group.promote());
    expect(rig.time.now() - before).toBeLessThan(100);
  });

  test("is not taken from an active that goes on renewing", async () => {
    const rig = await Rig.start({ mode: "fenced" });
    // To this coordinator, the active is on a node that does not answer.
    const adopted = rig.adopted(1);
    expect(await rig.kindOf(adopted.promote())).toBe("lease-held");
  });

  test("serves no more when its lease ran out", async () => {
    const rig = await Rig.start({ mode: "fenced" });
    rig.cluster.isAuthorityDown = true;
    await rig.time.advance(5_000);
    expect(await rig.kindOf(rig.group.deliver(rig.event("one")))).toBe("lease-lost");
    rig.cluster.isAuthorityDown = false;
    await rig.time.advance(5_000);
    await rig.deliver("two");
    expect(rig.ledger(1)).toEqual(["two"]);
  });

  test("promotes nobody who may lack something", async () => {
    const rig = await Rig.start({ mode: "fenced", members: 2, nodes: 2 });
    rig.node(2).machine.freeze();
    await rig.deliver("one");
    await rig.time.advance(2_000);
    rig.node(1).kill();
    rig.node(2).machine.thaw();
    expect(await rig.kindOf(rig.group.onNodeFailure(rig.node(1).nodeId))).toBe("no-in-sync-member");
  });
});
