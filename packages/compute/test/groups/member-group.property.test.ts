import { utf8 } from "@selvage/core";
import fc from "fast-check";
import { expect, test } from "vitest";

import { ReplicaGroup } from "../../src/groups/replica-group.ts";
import type { GroupMember } from "../../src/groups/slot-table.ts";
import { RecoveryRegistry } from "../../src/recovery/recovery-registry.ts";
import { producerOf } from "../daemons.ts";
import { GroupWorld, nodeOf, replicasOf } from "./group-world.ts";

const NODES = 5;
const SLOTS = 3;
const TICK_MS = 500;

const node = fc.integer({ min: 1, max: NODES });
/** What may happen to a group and its nodes. */
const step = fc.oneof(
  fc.record({ do: fc.constant("lose" as const), node, isTold: fc.boolean() }),
  fc.record({ do: fc.constant("return" as const), node, isTold: fc.boolean() }),
  fc.record({ do: fc.constant("restart" as const), node }),
  fc.record({ do: fc.constant("delay" as const), node, ms: fc.constantFrom(0, 700, 15_000) }),
  fc.record({ do: fc.constant("scale" as const), count: fc.integer({ min: 1, max: 4 }) }),
  fc.record({ do: fc.constant("event" as const) }),
  fc.record({ do: fc.constant("ticks" as const), count: fc.integer({ min: 1, max: 30 }) }),
);

/** Whether no two members are on one node, or on their way to one. */
function isSpread(members: readonly GroupMember[]): boolean {
  const nodes = members.filter(({ status }) => status !== "unhealthy").map((m) => m.nodeId);
  return new Set(nodes).size === nodes.length;
}

test("whatever happens to nodes, members stay apart, and all are well soon after the nodes are", async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 25 }), async (steps) => {
      const world = new GroupWorld(NODES);
      const config = replicasOf(SLOTS);
      const group = await world.act(ReplicaGroup.spawn(world.parts(), config));
      const registry = new RecoveryRegistry();
      registry.register(group.recoveryHandler());
      const incarnations = new Map<number, number>();
      // Listeners are isolated: what one of them throws fails nothing.
      const faults: string[] = [];
      group.onChange(({ slot, status, incarnation }) => {
        const before = incarnations.get(slot) ?? 0;
        const isNew = status === "placing" && incarnation > before;
        if (!isSpread(group.members())) faults.push(`slot ${slot} shares its node`);
        if (!isNew && incarnation !== before && before > 0) faults.push(`slot ${slot} jumped`);
        if (incarnation < before) faults.push(`slot ${slot} went back`);
        incarnations.set(slot, incarnation);
      });
      const producer = producerOf(1);
      const work: Promise<unknown>[] = [];
      const begin = (promise: Promise<unknown>): void => void work.push(promise.catch(() => {}));
      const tick = async (): Promise<void> => {
        registry.tryRunAll();
        await world.clock.advance(TICK_MS);
      };
      for (const change of steps) {
        if (change.do === "lose") {
          world.lose(nodeOf(change.node));
          if (change.isTold) begin(group.onNodeFailure(nodeOf(change.node)));
        } else if (change.do === "return") {
          world.lost.delete(nodeOf(change.node));
          if (change.isTold) begin(group.onNodeRecovery(nodeOf(change.node)));
        } else if (change.do === "restart") {
          world.join(change.node);
        } else if (change.do === "delay") {
          world.delaysMs.set(nodeOf(change.node), change.ms);
        } else if (change.do === "scale") {
          begin(group.scaleTo(change.count));
        } else if (change.do === "event") {
          const chosen = group.members().filter(({ status }) => status === "healthy");
          if (chosen.length > 0) {
            const { slot } = group.routeEvent();
            expect(chosen.map((member) => member.slot)).toContain(slot);
          }
          begin(group.routeAndDeliver({}, producer.next(utf8("1"))));
        } else for (let i = 0; i < change.count; i++) await tick();
      }

      world.lost.clear();
      world.delaysMs.clear();
      // What is still on its way arrives before the end.
      await world.clock.advance(15_000);
      await world.act(Promise.all(work));
      await world.act(group.scaleTo(SLOTS).catch(() => {}));
      for (let n = 1; n <= NODES; n++) await world.act(group.onNodeRecovery(nodeOf(n)));
      for (let i = 0; i < 60 && group.health().status !== "healthy"; i++) await tick();
      expect(group.health()).toEqual({ status: "healthy" });
      for (let n = 1; n <= NODES; n++) await world.act(group.reconcile(nodeOf(n)));
      // A node that forgot its member without a word is found out by the next event.
      for (let i = 0; i < 2 * SLOTS; i++) {
        await world.act(group.routeAndDeliver({}, producer.next(utf8("1"))).catch(() => {}));
        await tick();
      }
      await world.act(group.settled());
      expect([group.health(), world.instances()]).toEqual([
        { status: "healthy" },
        group.members().length,
      ]);
      expect(faults).toEqual([]);
      await world.act(group.close());
      expect([world.instances(), world.clock.pending]).toEqual([0, 0]);
      expect(group.balancingStats()).toEqual([]);
    }),
    { numRuns: 60 },
  );
}, 60_000);
