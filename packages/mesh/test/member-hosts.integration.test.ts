import { CommandSigner, decodeSnapshot, ReplicaGroup, RecoveryRegistry } from "@selvage/compute";
import { fromUtf8, utf8 } from "@selvage/core";
import { expect, test } from "vitest";

import {
  commanderAt,
  groupIdentity,
  type HostStation,
  orderOf,
  producerAt,
  schedulerAt,
  startHost,
  termAt,
} from "./compute-world.ts";
import { identityOf, MeshWorld } from "./mesh-world.ts";

const first = { slot: 0, incarnation: 1 };
const MIB = 1_048_576;

/** A coordinator and two nodes for members, who know each other. */
async function cast(parts: Parameters<typeof startHost>[3] = {}): Promise<{
  readonly world: MeshWorld;
  readonly boss: HostStation;
  readonly one: HostStation;
  readonly two: HostStation;
}> {
  const world = new MeshWorld(11);
  const boss = await startHost(world, "boss");
  const one = await startHost(world, "one", ["boss"], parts);
  const two = await startHost(world, "two", ["boss"], parts);
  const isReady = (): boolean => boss.mesh.findProviders("compute/transfer").length === 3;
  await world.sim.runUntil(isReady);
  return { world, boss, one, two };
}

test("a member on another node takes events, hands its state on, and ends when it is told", async () => {
  const { world, boss, one, two } = await cast();
  const commander = commanderAt(boss);
  const producer = producerAt(boss);
  const [here, there] = [one.mesh.nodeId, two.mesh.nodeId];
  const second = { slot: 1, incarnation: 1 };
  await world.act(boss, async () => {
    const { originHash } = await commander.spawn(here, first, orderOf("a"));
    expect(originHash).toBe(identityOf("a").originHash);
    await commander.spawn(there, second, orderOf("b"));
    const event = producer.next(utf8("5"));
    const { outputs, index } = await commander.deliver(here, first, event);
    expect([index, outputs.map(({ payload }) => fromUtf8(payload))]).toEqual([1, ["5"]]);
    expect(await commander.deliver(here, first, event)).toMatchObject({ index, repeated: true });
    const state = await commander.snapshot(here, first);
    if (state === undefined) throw new Error("there is a state");
    await commander.restore(there, second, state);
    const moved = await commander.deliver(there, second, producer.next(utf8("1")));
    expect(moved.outputs.map(({ payload }) => fromUtf8(payload))).toEqual(["6"]);
    const status = await commander.status(there);
    expect(status).toMatchObject({ nodeId: there, members: [{ ...second, deliveryIndex: 2 }] });
    await commander.remove(here, first);
  });
  expect([one.local.registry.count, two.local.registry.count]).toEqual([0, 1]);
});

test("a snapshot of a mebibyte travels both ways", async () => {
  const { world, boss, one, two } = await cast({ padding: MIB });
  const commander = commanderAt(boss);
  const second = { slot: 1, incarnation: 1 };
  await world.act(boss, async () => {
    await commander.spawn(one.mesh.nodeId, first, orderOf("a"));
    await commander.spawn(two.mesh.nodeId, second, orderOf("b"));
    const producer = producerAt(boss);
    await commander.deliver(one.mesh.nodeId, first, producer.next(utf8("5")));
    const state = await commander.snapshot(one.mesh.nodeId, first);
    if (state === undefined) throw new Error("there is a state");
    expect(decodeSnapshot(state)).toMatchObject({ throughDelivery: 1 });
    expect(decodeSnapshot(state).state.length).toBe(MIB + 8);
    await commander.restore(two.mesh.nodeId, second, state);
    const { outputs } = await commander.deliver(two.mesh.nodeId, second, producer.next(utf8("1")));
    expect(outputs.map(({ payload }) => fromUtf8(payload))).toEqual(["6"]);
  });
});

test("a command whose answer was lost is answered when it is repeated, and done once", async () => {
  const { world, boss, one, two } = await cast();
  const commander = commanderAt(boss);
  // What it says gets nowhere; what it is told arrives.
  world.sim.network.partition(one.node, [boss.node, two.node], { oneWay: true });
  const failure = await world.failure(boss, () =>
    commander.spawn(one.mesh.nodeId, first, orderOf("a"), { deadlineMs: 300 }),
  );
  expect(failure).toMatchObject({ name: "ComputeError", delivered: "maybe" });
  expect(one.made()).toBe(1);
  world.sim.network.heal();
  await world.act(boss, () => commander.spawn(one.mesh.nodeId, first, orderOf("a")));
  expect([one.made(), one.local.registry.count]).toEqual([1, 1]);
});

test("what a node refuses it refuses in so many words", async () => {
  const { world, boss, one, two } = await cast({
    allow: [CommandSigner.ofGroup(groupIdentity).group],
  });
  const { nodeId } = one.mesh;
  const commander = commanderAt(boss, 2);
  await world.act(boss, () => commander.spawn(nodeId, { ...first, incarnation: 3 }, orderOf("a")));
  const failureOf = (act: () => Promise<unknown>) => world.failure(boss, act);
  expect(await failureOf(() => commanderAt(boss, 1).status(nodeId))).toMatchObject({
    kind: "stale-term",
    delivered: "never",
    seen: { term: termAt(boss.mesh, 2), incarnation: 3 },
  });
  expect(await failureOf(() => commander.spawn(nodeId, first, orderOf("a")))).toMatchObject({
    kind: "stale-term",
    seen: { incarnation: 3 },
  });
  const stranger = CommandSigner.ofGroup(identityOf("a stranger"));
  expect(await failureOf(() => commanderAt(boss, 2, stranger).status(nodeId))).toMatchObject({
    kind: "group-not-allowed",
    delivered: "never",
  });
  const command = { kind: "status", to: nodeId, term: commander.term, slot: 0, incarnation: 0 };
  const [signed, other] = [CommandSigner.ofGroup(groupIdentity), stranger].map((signer) =>
    signer.sign({ ...command, sequence: 9 }, new Uint8Array()),
  );
  if (signed === undefined || other === undefined) throw new Error("two were signed");
  const forged = { ...signed, signature: other.signature };
  expect(await failureOf(() => boss.hosts.command(nodeId, forged))).toMatchObject({
    kind: "bad-signature",
    delivered: "never",
  });
  expect(await failureOf(() => boss.hosts.command(two.mesh.nodeId, signed))).toMatchObject({
    kind: "bad-command",
    delivered: "never",
  });
  const event = producerAt(boss).next(utf8("1"));
  expect(await failureOf(() => commander.deliver(nodeId, first, event))).toMatchObject({
    kind: "stale-term",
    delivered: "never",
  });
  expect(await failureOf(() => commander.deliver(two.mesh.nodeId, first, event))).toMatchObject({
    kind: "not-found",
    delivered: "never",
  });
});

test("an event that fits into no message is refused before it leaves, and one to nobody never arrives", async () => {
  const { world, boss, one } = await cast();
  const commander = commanderAt(boss);
  await world.act(boss, () => commander.spawn(one.mesh.nodeId, first, orderOf("a")));
  const producer = producerAt(boss);
  const deliver = (size: number) =>
    world.failure(boss, () =>
      commander.deliver(one.mesh.nodeId, first, producer.next(new Uint8Array(size))),
    );
  expect(await deliver(5 * MIB)).toMatchObject({ kind: "bad-event", delivered: "never" });
  const stranger = identityOf("nobody").nodeId;
  expect(await world.failure(boss, () => commander.status(stranger))).toMatchObject({
    kind: "host-unreachable",
    delivered: "never",
  });
  world.sim.kill(one.node);
  expect(await deliver(1)).toMatchObject({ name: "ComputeError", delivered: "maybe" });
  await world.act(boss, () => boss.mesh.close());
  expect(await world.failure(boss, () => commander.status(one.mesh.nodeId))).toMatchObject({
    kind: "closed",
    delivered: "never",
  });
});

test("members find each other across nodes, also with much to say", async () => {
  const world = new MeshWorld(11);
  const boss = await startHost(world, "boss");
  const heard: number[] = [];
  const one = await startHost(world, "one", ["boss"], {
    programs: {
      choir: ({ host }) => ({
        deliver: ({ event }) => host.deliver(event),
        snapshot: () => undefined,
        restore: () => {},
        message: ({ kind, payload, from }, { nodeId }) => {
          heard.push(payload.length);
          return utf8(`${kind} from ${from.slot} at ${nodeId === boss.mesh.nodeId}`);
        },
        end: () => {},
      }),
    },
  });
  await world.sim.runUntil(() => boss.mesh.findProviders("compute/transfer").length === 2);
  const commander = commanderAt(boss);
  await world.act(boss, async () => {
    const order = { ...orderOf("a"), program: "choir" };
    await commander.spawn(one.mesh.nodeId, first, order);
    for (const size of [3, MIB]) {
      const message = {
        group: commander.group,
        ...first,
        kind: "sing",
        term: commander.term,
        from: { slot: 4, incarnation: 1 },
        payload: new Uint8Array(size),
      };
      expect(await boss.hosts.send(one.mesh.nodeId, message)).toEqual(utf8("sing from 4 at true"));
    }
  });
  expect(heard).toEqual([3, MIB]);
});

test("a group over a mesh loses a node, and a late spare takes its slot", async () => {
  const { world, boss, one, two } = await cast();
  const { clock, random } = boss.node;
  const group = await world.act(boss, () =>
    ReplicaGroup.spawn(
      {
        hosts: boss.hosts,
        signer: CommandSigner.ofGroup(groupIdentity),
        term: termAt(boss.mesh, 1),
        scheduler: schedulerAt(boss),
        clock,
        random,
      },
      {
        kind: "counter",
        replicaCount: 2,
        groupSeed: new Uint8Array(32).fill(3),
        placement: { localDrained: true },
      },
    ),
  );
  const registry = new RecoveryRegistry();
  registry.register(group.recoveryHandler());
  const nodes = new Set(group.members().map(({ nodeId }) => nodeId));
  expect(nodes).toEqual(new Set([one.mesh.nodeId, two.mesh.nodeId]));
  const producer = producerAt(boss);
  const deliver = () => group.routeAndDeliver({}, producer.next(utf8("1")), { deadlineMs: 1_000 });
  expect((await world.act(boss, deliver)).repeated).toBe(false);

  world.sim.kill(one.node);
  expect(await world.act(boss, () => group.onNodeFailure(one.mesh.nodeId))).toEqual([]);
  expect(group.health()).toEqual({ status: "degraded", healthy: 1, total: 2 });
  for (let i = 0; i < 3; i++) {
    expect((await world.act(boss, deliver)).member.nodeId).toBe(two.mesh.nodeId);
  }
  const spare = await startHost(world, "spare", ["boss"]);
  const recovered: number[] = [];
  const tick = () => world.sim.run(boss.node, () => recovered.push(...registry.tryRunAll()));
  for (let i = 0; i < 20 && recovered.length === 0; i++) {
    await tick();
    await world.sim.runFor(500);
  }
  expect(recovered).toHaveLength(1);
  expect(group.members().map(({ nodeId }) => nodeId)).toContain(spare.mesh.nodeId);
  expect(group.health()).toEqual({ status: "healthy" });
  await world.act(boss, () => group.close());
  expect([two.local.registry.count, spare.local.registry.count]).toEqual([0, 0]);
});
