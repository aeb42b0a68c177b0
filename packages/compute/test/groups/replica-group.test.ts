import { deferred, utf8 } from "@selvage/core";
import { describe, expect, test } from "vitest";

import { respawnSentinel } from "../../src/causal/respawn-sentinel.ts";
import type { DaemonHealth, MeshDaemon } from "../../src/daemon/mesh-daemon.ts";
import {
  DEFAULT_PLACEMENT_COOLDOWN_MS,
  DEFAULT_PLACEMENT_DEADLINE_MS,
} from "../../src/defaults.ts";
import { ReplicaGroup } from "../../src/groups/replica-group.ts";
import { RecoveryRegistry } from "../../src/recovery/recovery-registry.ts";
import { Counter, producerOf } from "../daemons.ts";
import { failureOf, termOf } from "../hosting/host-world.ts";
import { present } from "../present.ts";
import { GroupWorld, nodeOf, replicasOf } from "./group-world.ts";

/** Where members are, by slot. */
const nodesOf = (group: ReplicaGroup) => group.members().map(({ nodeId }) => nodeId);
const statusesOf = (group: ReplicaGroup) => group.members().map(({ status }) => status);
const originsOf = (group: ReplicaGroup) =>
  group.members().map((member) => (member.status === "healthy" ? member.originHash : undefined));

describe("spawning replicas", () => {
  test("puts each on a node of its own", async () => {
    const world = new GroupWorld(4);
    const group = await world.act(ReplicaGroup.spawn(world.parts(), replicasOf(3)));
    expect(new Set(nodesOf(group)).size).toBe(3);
    expect([group.health(), group.hasUnhealthySlots(), world.instances()]).toEqual([
      { status: "healthy" },
      false,
      3,
    ]);
    expect(group.tryRecover()).toEqual([]);
  });

  test("with the same seed makes the same members, with another one others", async () => {
    const spawn = async (fill: number) => {
      const world = new GroupWorld(2);
      const config = replicasOf(2, { groupSeed: new Uint8Array(32).fill(fill) });
      return originsOf(await world.act(ReplicaGroup.spawn(world.parts(), config)));
    };
    const [first, again, other] = [await spawn(1), await spawn(1), await spawn(2)];
    expect(again).toEqual(first);
    expect(new Set([...first, ...other]).size).toBe(4);
  });

  test.each([0, 257, 1.5])("of %d members is refused", async (count) => {
    const world = new GroupWorld(1);
    await expect(ReplicaGroup.spawn(world.parts(), replicasOf(count))).rejects.toThrow(RangeError);
  });

  test("without enough nodes leaves nothing behind, unless members may share", async () => {
    const world = new GroupWorld(2);
    const strict = ReplicaGroup.spawn(world.parts(), replicasOf(3));
    expect(await world.act(failureOf(strict))).toEqual(["placement-failed", "never"]);
    expect(world.instances()).toBe(0);
    const config = replicasOf(3, { spread: "best-effort" });
    const group = await world.act(ReplicaGroup.spawn(world.parts(), config));
    expect(new Set(nodesOf(group)).size).toBe(2);
    expect(group.health()).toEqual({ status: "healthy" });
  });

  test.each([0, 1, 2])("that fails at member %d leaves nothing behind", async (failing) => {
    const world = new GroupWorld();
    let made = 0;
    for (const number of [1, 2, 3]) {
      world.join(number, {
        factories: () => () => {
          made++;
          if (made > failing) throw new Error("no more");
          return new Counter();
        },
      });
    }
    const spawning = ReplicaGroup.spawn(world.parts(), replicasOf(3));
    expect(await world.act(failureOf(spawning))).toEqual(["placement-failed", "never"]);
    expect([world.instances(), world.clock.pending]).toEqual([0, 0]);
  });

  test("tries other nodes if one takes no members of the group", async () => {
    const world = new GroupWorld(1);
    for (const number of [2, 3]) world.join(number, { allow: [] });
    const group = await world.act(ReplicaGroup.spawn(world.parts(), replicasOf(1)));
    expect(nodesOf(group)).toEqual([nodeOf(1)]);
  });

  test("gives up on nodes that do not answer, and removes what they made in the end", async () => {
    const world = new GroupWorld();
    const counter = deferred<MeshDaemon>();
    const slow = world.join(1, { factories: () => () => counter.promise });
    const spawning = ReplicaGroup.spawn(world.parts(), replicasOf(1));
    expect(await world.act(failureOf(spawning))).toEqual(["placement-failed", "never"]);
    counter.resolve(new Counter());
    await world.clock.advance(DEFAULT_PLACEMENT_DEADLINE_MS);
    expect([slow.registry.count, slow.groups()]).toEqual([0, []]);
  });
});

describe("scaling", () => {
  test("up shares no nodes, down removes the last ones, and to the same number does nothing", async () => {
    const world = new GroupWorld(5);
    const group = await world.act(ReplicaGroup.spawn(world.parts(), replicasOf(2)));
    const before = nodesOf(group);
    await world.act(group.scaleTo(5));
    expect(nodesOf(group).slice(0, 2)).toEqual(before);
    expect(new Set(nodesOf(group)).size).toBe(5);
    await world.act(group.scaleTo(5));
    await world.act(group.scaleTo(1));
    expect([nodesOf(group), world.instances()]).toEqual([before.slice(0, 1), 1]);
    await expect(group.scaleTo(0)).rejects.toThrow(RangeError);
  });

  test("up without enough nodes leaves the group as it was", async () => {
    const world = new GroupWorld(3);
    const group = await world.act(ReplicaGroup.spawn(world.parts(), replicasOf(2)));
    const before = group.members();
    expect(await world.act(failureOf(group.scaleTo(4)))).toEqual(["placement-failed", "never"]);
    expect([group.members(), world.instances()]).toEqual([before, 2]);
  });

  test("back up begins anew: its events are told from those of before", async () => {
    const world = new GroupWorld(2);
    const group = await world.act(ReplicaGroup.spawn(world.parts(), replicasOf(2)));
    const before = originsOf(group);
    await world.act(group.scaleTo(1));
    await world.act(group.scaleTo(2));
    expect(originsOf(group)).toEqual(before);
    expect(group.members()[1]).toMatchObject({ incarnation: 2 });
    const producer = producerOf(1);
    const deliver = () => group.routeAndDeliver({}, producer.next(utf8("1")));
    const deliveries = [await world.act(deliver()), await world.act(deliver())];
    const again = deliveries.find(({ member }) => member.slot === 1);
    expect(again?.outputs[0]?.link.parentHash).toBe(respawnSentinel(present(before[1]), 2));
  });
});

describe("a node that fails", () => {
  test("is left at once, and its member gets a node that has none", async () => {
    const world = new GroupWorld(4);
    const group = await world.act(ReplicaGroup.spawn(world.parts(), replicasOf(3)));
    const [failed, ...others] = nodesOf(group);
    if (failed === undefined) throw new Error("no node");
    world.lose(failed);
    const replacing = group.onNodeFailure(failed);
    expect(statusesOf(group)).toEqual(["placing", "healthy", "healthy"]);
    expect(group.routeEvent().slot).not.toBe(0);
    expect(await world.act(replacing)).toEqual([0]);
    expect(nodesOf(group).slice(1)).toEqual(others);
    expect([failed, ...others]).not.toContain(nodesOf(group)[0]);
    expect(group.tryRecover()).toEqual([0]);
    expect(group.tryRecover()).toEqual([]);
  });

  test("with nobody to take over leaves the slot, which a late spare then gets", async () => {
    const world = new GroupWorld(2);
    const group = await world.act(ReplicaGroup.spawn(world.parts(), replicasOf(2)));
    const failed = group.members()[1]?.nodeId;
    if (failed === undefined) throw new Error("no node");
    world.lose(failed);
    expect(await world.act(group.onNodeFailure(failed))).toEqual([]);
    expect(group.health()).toEqual({ status: "degraded", healthy: 1, total: 2 });
    const registry = new RecoveryRegistry();
    registry.register(group.recoveryHandler());
    expect(registry.tryRunAll()).toEqual([]);
    world.join(7);
    expect(registry.tryRunAll()).toEqual([]);
    expect(statusesOf(group)).toEqual(["healthy", "placing"]);
    await world.clock.advance(0);
    expect(registry.tryRunAll()).toEqual([1]);
    expect([nodesOf(group)[1], group.health()]).toEqual([nodeOf(7), { status: "healthy" }]);
  });

  test("and comes back with its member is used again, where nothing else took its place", async () => {
    const world = new GroupWorld(2);
    const group = await world.act(ReplicaGroup.spawn(world.parts(), replicasOf(2)));
    const before = group.members();
    const failed = before[0]?.nodeId;
    if (failed === undefined) throw new Error("no node");
    await world.act(group.onNodeFailure(failed));
    expect(group.health()).toMatchObject({ status: "degraded" });
    expect(await world.act(group.onNodeRecovery(failed))).toEqual([0]);
    expect([group.members(), world.instances()]).toEqual([before, 2]);
  });

  test("and comes back loses what was replaced meanwhile", async () => {
    const world = new GroupWorld(3);
    const group = await world.act(ReplicaGroup.spawn(world.parts(), replicasOf(2)));
    const failed = group.members()[0]?.nodeId;
    if (failed === undefined) throw new Error("no node");
    await world.act(group.onNodeFailure(failed));
    expect(world.instances()).toBe(3);
    expect(await world.act(group.onNodeRecovery(failed))).toEqual([]);
    await world.act(group.settled());
    expect([world.instances(), group.health()]).toEqual([2, { status: "healthy" }]);
  });

  test("and comes back with its member, while another one was placed there, keeps only one", async () => {
    const world = new GroupWorld(2);
    const group = await world.act(ReplicaGroup.spawn(world.parts(), replicasOf(2)));
    const [first, second] = nodesOf(group).map((nodeId) => present(nodeId));
    await world.act(group.onNodeFailure(present(first)));
    world.delaysMs.set(present(first), 100);
    const recovering = group.onNodeRecovery(present(first));
    world.lose(present(second));
    const replacing = group.onNodeFailure(present(second));
    expect(statusesOf(group)).toEqual(["unhealthy", "placing"]);
    expect(await world.act(Promise.all([recovering, replacing]))).toEqual([[], [1]]);
    await world.act(group.settled());
    expect([statusesOf(group), nodesOf(group)[1]]).toEqual([["unhealthy", "healthy"], first]);
    expect(world.hosts.get(present(first))?.registry.count).toBe(1);
  });

  test("and comes back, only to fail again while it answers, is not used", async () => {
    const world = new GroupWorld(2);
    const group = await world.act(ReplicaGroup.spawn(world.parts(), replicasOf(2)));
    const failed = present(nodesOf(group)[0]);
    await world.act(group.onNodeFailure(failed));
    world.delaysMs.set(failed, 100);
    const recovering = group.onNodeRecovery(failed);
    const failing = group.onNodeFailure(failed);
    expect(await world.act(Promise.all([recovering, failing]))).toEqual([[], []]);
    expect(statusesOf(group)).toEqual(["unhealthy", "healthy"]);
  });

  test("and comes back without its member does not count", async () => {
    const world = new GroupWorld(2);
    const group = await world.act(ReplicaGroup.spawn(world.parts(), replicasOf(2)));
    const failed = group.members()[0]?.nodeId;
    if (failed === undefined) throw new Error("no node");
    await world.act(group.onNodeFailure(failed));
    const number = [1, 2].find((n) => nodeOf(n) === failed) ?? 0;
    world.join(number);
    expect(await world.act(group.onNodeRecovery(failed))).toEqual([]);
    group.tryRecover();
    await world.clock.advance(0);
    expect([group.tryRecover(), group.members()[0]]).toMatchObject([
      [0],
      { nodeId: failed, incarnation: 2 },
    ]);
  });
});

describe("placing", () => {
  test("is not started twice, and an answer that nobody waits for is undone", async () => {
    const world = new GroupWorld(2);
    const group = await world.act(ReplicaGroup.spawn(world.parts(), replicasOf(2)));
    const failed = group.members()[0]?.nodeId;
    if (failed === undefined) throw new Error("no node");
    const counter = deferred<MeshDaemon>();
    let made = 0;
    const slow = world.join(3, {
      factories: () => () => {
        made++;
        return counter.promise;
      },
    });
    world.lose(failed);
    const replacing = group.onNodeFailure(failed);
    for (let tick = 0; tick < 5; tick++) {
      expect(group.tryRecover()).toEqual([]);
      await world.clock.advance(500);
    }
    expect([made, statusesOf(group)[0]]).toEqual([1, "placing"]);
    expect(() => group.routeEvent({ requiredTags: ["none"] })).toThrow("no-healthy-member");
    await world.act(replacing);
    expect([statusesOf(group)[0], group.failures().at(-1)]).toMatchObject([
      "unhealthy",
      { slot: 0, nodeId: nodeOf(3), error: { kind: "timeout" } },
    ]);
    counter.resolve(new Counter());
    await world.act(group.settled());
    expect(slow.registry.count).toBe(0);
    await world.clock.advance(DEFAULT_PLACEMENT_COOLDOWN_MS);
    group.tryRecover();
    await world.clock.advance(0);
    expect([group.tryRecover(), group.members()[0]]).toMatchObject([
      [0],
      { status: "healthy", nodeId: nodeOf(3), incarnation: 3 },
    ]);
  });

  test("takes turns: four slots per call, and none waits for ever behind those that fail", async () => {
    const world = new GroupWorld(10);
    const group = await world.act(ReplicaGroup.spawn(world.parts(), replicasOf(10)));
    const nodes = nodesOf(group);
    for (const nodeId of nodes) {
      if (nodeId === undefined) continue;
      world.lose(nodeId);
      await world.act(group.onNodeFailure(nodeId));
    }
    expect(group.health()).toEqual({ status: "dead" });
    const tried: number[] = [];
    group.onChange(({ slot, status }) => {
      if (status === "placing") tried.push(slot);
    });
    // All of them can be chosen, none of them answers.
    for (let number = 20; number < 40; number++) world.lose(world.join(number).nodeId);
    const calls: number[] = [];
    for (let call = 0; call < 5; call++) {
      group.tryRecover();
      calls.push(tried.length);
      await world.clock.advance(0);
    }
    expect(calls).toEqual([4, 8, 12, 16, 20]);
    for (let slot = 0; slot < 10; slot++) expect(tried.filter((s) => s === slot)).toHaveLength(2);
  });
});

describe("routing", () => {
  test("shares events and takes no place that nobody gives back, however many are routed", async () => {
    const world = new GroupWorld(3);
    const config = replicasOf(3, { balancing: { maxConnections: 10 } });
    const group = await world.act(ReplicaGroup.spawn(world.parts(), config));
    const counts = [0, 0, 0];
    for (let i = 0; i < 100_000; i++) {
      const { slot } = group.routeEvent({ requestId: String(i) });
      counts[slot] = (counts[slot] ?? 0) + 1;
    }
    expect(counts).toEqual([33_334, 33_333, 33_333]);
    expect(group.balancingStats().map(({ connections }) => connections)).toEqual([0, 0, 0]);
  });

  test("and delivering gives every place back, whatever came of it", async () => {
    const world = new GroupWorld(2);
    const config = replicasOf(2, { balancing: { maxConnections: 5 } });
    const group = await world.act(ReplicaGroup.spawn(world.parts(), config));
    const producer = producerOf(1);
    for (let i = 0; i < 50; i++) {
      const text = i % 2 === 0 ? "fail" : "1";
      const delivery = group.routeAndDeliver({}, producer.next(utf8(text)));
      if (text === "fail") {
        expect(await world.act(failureOf(delivery))).toEqual(["process-failed", "never"]);
      } else expect((await world.act(delivery)).repeated).toBe(false);
    }
    const controller = new AbortController();
    const options = { signal: controller.signal };
    for (const nodeId of world.known) world.delaysMs.set(nodeId, 100);
    const taken = group.routeAndDeliver({}, producer.next(utf8("1")), options);
    controller.abort(new Error("no longer"));
    await expect(taken).rejects.toThrow("no longer");
    expect(group.balancingStats()).toMatchObject([
      { connections: 0, isCircuitOpen: false },
      { connections: 0, isCircuitOpen: false },
    ]);
  });

  test("turns to another member if the first is certainly not reached", async () => {
    const world = new GroupWorld(2);
    const group = await world.act(ReplicaGroup.spawn(world.parts(), replicasOf(2)));
    const [lost, other] = nodesOf(group);
    if (lost === undefined) throw new Error("no node");
    world.lose(lost);
    const producer = producerOf(1);
    for (let i = 0; i < 3; i++) {
      const { member } = await world.act(group.routeAndDeliver({}, producer.next(utf8("1"))));
      expect(member.nodeId).toBe(other);
    }
    if (other !== undefined) world.lose(other);
    const nobody = group.routeAndDeliver({}, producer.next(utf8("1")));
    expect(await world.act(failureOf(nobody))).toEqual(["host-unreachable", "never"]);
  });

  test("tells a member that its node forgot from one that is out of reach", async () => {
    const world = new GroupWorld(1);
    const group = await world.act(ReplicaGroup.spawn(world.parts(), replicasOf(1)));
    world.join(1);
    const event = producerOf(1).next(utf8("1"));
    expect(await world.act(failureOf(group.routeAndDeliver({}, event)))).toEqual([
      "not-found",
      "never",
    ]);
    expect(group.hasUnhealthySlots()).toBe(true);
    expect(await world.act(failureOf(group.routeAndDeliver({}, event)))).toEqual([
      "no-healthy-member",
      "never",
    ]);
    group.tryRecover();
    await world.clock.advance(0);
    expect(group.tryRecover()).toEqual([0]);
  });
});

describe("a member that is not well", () => {
  test("gets no events once its node was asked, and some again when it is better", async () => {
    const world = new GroupWorld();
    let status: DaemonHealth["status"] = "healthy";
    for (const number of [1, 2]) {
      world.join(number, {
        factories: () => () => {
          const counter = new Counter();
          if (number === 2) return counter;
          return Object.assign(counter, { health: () => ({ status, reason: "as it is told" }) });
        },
      });
    }
    const group = await world.act(ReplicaGroup.spawn(world.parts(), replicasOf(2)));
    const sick = nodesOf(group).indexOf(nodeOf(1));
    const counts = async (): Promise<number> => {
      await world.act(group.reconcile(nodeOf(1)));
      return [1, 2, 3, 4].filter(() => group.routeEvent().slot === sick).length;
    };
    expect(await counts()).toBe(2);
    status = "unhealthy";
    expect(await counts()).toBe(0);
    status = "degraded";
    expect(await counts()).toBe(2);
  });
});

describe("a coordinator", () => {
  test("that was followed by another one learns of it, and places nothing more", async () => {
    const world = new GroupWorld(3);
    const group = await world.act(ReplicaGroup.spawn(world.parts(), replicasOf(2)));
    await world.commander(termOf(2)).status(nodesOf(group)[0] ?? nodeOf(1));
    for (const nodeId of world.known) await world.commander(termOf(2)).status(nodeId);
    const failed = nodesOf(group)[0];
    if (failed === undefined) throw new Error("no node");
    expect(await world.act(group.onNodeFailure(failed))).toEqual([]);
    expect(group.supersededBy).toEqual(termOf(2));
    expect([group.tryRecover(), statusesOf(group)[0]]).toEqual([[], "unhealthy"]);
  });

  test("that was followed by another one learns of it also by asking a node", async () => {
    const world = new GroupWorld(2);
    const group = await world.act(ReplicaGroup.spawn(world.parts(), replicasOf(1)));
    const node = present(nodesOf(group)[0]);
    await world.commander(termOf(2)).status(node);
    expect(await world.act(group.reconcile(node))).toEqual([]);
    expect(group.supersededBy).toEqual(termOf(2));
    const placed: number[] = [];
    group.onChange(({ slot, status }) => void (status === "placing" && placed.push(slot)));
    expect(await world.act(group.onNodeFailure(node))).toEqual([]);
    expect(placed).toEqual([]);
  });

  test("that closes removes all members; its handler then leaves the registry", async () => {
    const world = new GroupWorld(3);
    const group = await world.act(ReplicaGroup.spawn(world.parts(), replicasOf(3)));
    const registry = new RecoveryRegistry();
    registry.register(group.recoveryHandler());
    expect([registry.tryRunAll(), registry.len()]).toEqual([[], 1]);
    await world.act(group.close());
    await world.act(group.close());
    expect([world.instances(), registry.tryRunAll(), registry.len()]).toEqual([0, [], 0]);
    expect(await failureOf(group.scaleTo(2))).toEqual(["closed", "never"]);
    expect(() => group.routeEvent()).toThrow("no-healthy-member");
  });
});
