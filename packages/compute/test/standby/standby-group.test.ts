import { describe, expect, test } from "vitest";

import { RecoveryRegistry } from "../../src/recovery/recovery-registry.ts";
import { StandbyGroup } from "../../src/standby/standby-group.ts";
import { present } from "../present.ts";
import { Rig } from "./rig.ts";

describe("a standby group", () => {
  test("is on nodes of its own, with the first member active and all of them in sync", async () => {
    const rig = await Rig.start();
    expect(rig.group.status.slots.map(({ place }) => place.nodeId)).toEqual(
      [1, 2, 3].map((number) => rig.node(number).nodeId),
    );
    expect(rig.group.status.active).toBe(0);
    expect(rig.inSync(1)).toEqual([0, 1, 2]);
  });

  test("keeps events at its standbys without applying them", async () => {
    const rig = await Rig.start();
    await rig.deliver("one");
    expect([rig.ledger(1), rig.ledger(2)]).toEqual([["one"], []]);
    expect(rig.on(2).member.details.history.last).toBe(1);
  });

  test("answers a repeated event with what came of it the first time", async () => {
    const rig = await Rig.start();
    const event = rig.event("one");
    const first = await rig.settle(rig.group.deliver(event));
    const again = await rig.settle(rig.group.deliver(event));
    expect([first.repeated, again.repeated, again.index]).toEqual([false, true, first.index]);
    expect(rig.ledger(1)).toEqual(["one"]);
  });

  test("lets a repeat wait for the copies that the first one waits for", async () => {
    const rig = await Rig.start();
    rig.node(2).machine.freeze();
    const event = rig.event("one");
    const both = [rig.group.deliver(event), rig.group.deliver(event)];
    const answers = await rig.settle(Promise.all(both));
    // Not before the frozen member left the in-sync set.
    expect(rig.inSync(1)).toEqual([0, 2]);
    expect(answers.map(({ index }) => index)).toEqual([1, 1]);
    expect(rig.ledger(1)).toEqual(["one"]);
  });

  test("has everything that was acknowledged when its active is gone", async () => {
    const rig = await Rig.start();
    for (const text of ["one", "two", "three"]) await rig.deliver(text);
    rig.node(1).kill();
    const slot = await rig.settle(rig.group.onNodeFailure(rig.node(1).nodeId));
    expect(slot).toBe(1);
    await rig.time.advance(1_000);
    await rig.deliver("four");
    expect(rig.ledger(2)).toEqual(["one", "two", "three", "four"]);
  });

  test("applies an event once that its producer repeats at the next active", async () => {
    const rig = await Rig.start();
    const event = rig.event("one");
    await rig.settle(rig.group.deliver(event));
    rig.node(1).kill();
    await rig.settle(rig.group.onNodeFailure(rig.node(1).nodeId));
    await rig.time.advance(1_000);
    expect((await rig.settle(rig.group.deliver(event))).repeated).toBe(true);
    expect(rig.ledger(2)).toEqual(["one"]);
  });

  test("places the slot of a lost active elsewhere, as a standby that comes in sync", async () => {
    const rig = await Rig.start();
    await rig.deliver("one");
    rig.node(1).kill();
    await rig.settle(rig.group.onNodeFailure(rig.node(1).nodeId));
    await rig.time.advance(2_000);
    expect(rig.group.tryRecover()).toEqual([0]);
    expect(rig.group.status.slots[0]?.place).toMatchObject({
      nodeId: rig.node(4).nodeId,
      incarnation: 2,
    });
    expect(rig.inSync(2)).toEqual([0, 1, 2]);
  });

  test("lets a member that was frozen become a copy again", async () => {
    const rig = await Rig.start();
    rig.node(3).machine.freeze();
    await rig.deliver("one");
    expect(rig.inSync(1)).toEqual([0, 1]);
    rig.node(3).machine.thaw();
    await rig.time.advance(2_000);
    expect(rig.inSync(1)).toEqual([0, 1, 2]);
  });

  test("takes no events with fewer copies than it must have, and those that wait fail", async () => {
    const rig = await Rig.start();
    rig.node(2).machine.freeze();
    rig.node(3).machine.freeze();
    const event = rig.event("one");
    expect(await rig.kindOf(rig.group.deliver(event))).toBe("insufficient-copies");
    expect(await rig.kindOf(rig.group.deliver(rig.event("two")))).toBe("insufficient-copies");
    rig.node(2).machine.thaw();
    await rig.time.advance(2_000);
    // The first one was applied all the same, and counts now.
    expect((await rig.settle(rig.group.deliver(event))).repeated).toBe(true);
    expect(rig.ledger(1)).toEqual(["one"]);
  });

  test("moves its active to a member that is in sync when it is told to", async () => {
    const rig = await Rig.start();
    await rig.deliver("one");
    const { place, term } = await rig.settle(rig.group.promote());
    expect([place.slot, term.number]).toEqual([1, 3]);
    await rig.time.advance(1_000);
    await rig.deliver("two");
    expect(rig.on(1).member.role).toBe("standby");
    expect(rig.inSync(2)).toEqual([0, 1, 2]);
  });

  test("stays as it is if nobody can be promoted", async () => {
    const rig = await Rig.start({ members: 2 });
    rig.node(2).kill();
    const before = rig.group.status;
    expect(await rig.kindOf(rig.group.promote())).toBe("no-healthy-member");
    expect(rig.group.status).toEqual(before);
    await rig.deliver("one");
    expect(rig.ledger(1)).toEqual(["one"]);
  });

  test("does not promote where fewer members are left than must hold an event", async () => {
    const rig = await Rig.start({ nodes: 3 });
    rig.node(1).kill();
    rig.node(2).kill();
    expect(await rig.kindOf(rig.group.promote())).toBe("insufficient-copies");
  });

  test("takes back what it spawned if there are too few nodes, or one does not answer", async () => {
    expect(
      await new Promise((resolve) => void Rig.start({ nodes: 2 }).catch(resolve)),
    ).toMatchObject({ kind: "no-candidate" });
    const rig = await Rig.start({ members: 2, nodes: 5 });
    rig.node(2).machine.freeze();
    const parts = { ...rig.parts(), request: { exclude: [rig.node(1).nodeId] } };
    expect(await rig.kindOf(StandbyGroup.spawn(parts, { memberCount: 2 }))).toBe("timeout");
    await rig.time.advance(100);
    expect(rig.node(3).members.size).toBe(0);
  });

  test("has two members at least", async () => {
    const rig = await Rig.start();
    await expect(StandbyGroup.spawn(rig.parts(), { memberCount: 1 })).rejects.toThrow(RangeError);
  });

  test("does nothing once it is closed, and evicts its handler", async () => {
    const rig = await Rig.start();
    const registry = new RecoveryRegistry();
    registry.register(rig.group.recoveryHandler());
    registry.tryRunAll();
    expect(registry.len()).toBe(1);
    rig.group.close();
    expect(await rig.kindOf(rig.group.deliver(rig.event("one")))).toBe("closed");
    registry.tryRunAll();
    expect(registry.isEmpty()).toBe(true);
  });
});

describe("recovery", () => {
  test("never touches the slot of the active", async () => {
    const rig = await Rig.start({ nodes: 5 });
    await rig.deliver("one");
    for (const number of [2, 3]) {
      rig.node(number).kill();
      await rig.settle(rig.group.onNodeFailure(rig.node(number).nodeId));
    }
    rig.node(1).kill();
    expect(await rig.kindOf(rig.group.onNodeFailure(rig.node(1).nodeId))).toBe("no-healthy-member");
    await rig.time.advance(2_000);
    expect(rig.group.status.slots[0]).toMatchObject({
      health: "unhealthy",
      place: { incarnation: 1 },
    });
    expect(rig.group.hasUnhealthySlots()).toBe(false);
  });

  test("uses a node that comes late", async () => {
    const rig = await Rig.start({ nodes: 4 });
    const late = present(rig.cluster.nodes[3]);
    rig.node(3).kill();
    late.machine.freeze();
    await rig.settle(rig.group.onNodeFailure(rig.node(3).nodeId));
    await rig.time.advance(15_000);
    expect(rig.group.hasUnhealthySlots()).toBe(true);
    late.machine.thaw();
    const handler = rig.group.recoveryHandler();
    const recovered: number[] = [];
    for (let tick = 0; tick < 30; tick++) {
      recovered.push(...handler());
      await rig.time.advance(500);
    }
    expect(recovered).toEqual([2]);
    expect(rig.inSync(1)).toEqual([0, 1, 2]);
  });

  test("promotes a member that was replaced if it is the last that has anything", async () => {
    const rig = await Rig.start({ members: 2, nodes: 3 });
    await rig.deliver("one");
    rig.cluster.network.separate(rig.node(2).nodeId, 1);
    await rig.settle(rig.group.onNodeFailure(rig.node(2).nodeId));
    // Its successor is there, but is no copy yet.
    rig.node(1).kill();
    await rig.time.advance(100);
    rig.cluster.network.heal();
    await rig.settle(rig.group.onNodeRecovery(rig.node(2).nodeId));
    await rig.settle(rig.group.onNodeFailure(rig.node(1).nodeId));
    await rig.time.advance(2_000);
    await rig.deliver("two");
    expect(rig.ledger(2)).toEqual(["one", "two"]);
  });

  test("puts members back to work whose node comes back", async () => {
    const rig = await Rig.start({ nodes: 3 });
    rig.node(3).machine.freeze();
    await rig.settle(rig.group.onNodeFailure(rig.node(3).nodeId));
    expect(rig.group.hasUnhealthySlots()).toBe(true);
    rig.node(3).machine.thaw();
    await rig.settle(rig.group.onNodeRecovery(rig.node(3).nodeId));
    expect(rig.group.hasUnhealthySlots()).toBe(false);
    expect(rig.group.status.slots[2]?.place.incarnation).toBe(1);
  });

  test("removes a replaced member once the group serves without it", async () => {
    const rig = await Rig.start();
    rig.node(3).machine.freeze();
    await rig.settle(rig.group.onNodeFailure(rig.node(3).nodeId));
    await rig.time.advance(2_000);
    expect(rig.group.status.surplus).toHaveLength(1);
    rig.node(3).machine.thaw();
    await rig.settle(rig.group.onNodeRecovery(rig.node(3).nodeId));
    await rig.settle(rig.group.maintain());
    expect(rig.group.status.surplus).toEqual([]);
    expect(rig.node(3).members.size).toBe(0);
  });
});
