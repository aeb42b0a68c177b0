import { type NodeId, fromUtf8, utf8 } from "@selvage/core";
import { seededEntropy } from "@selvage/testing";
import { expect, test } from "vitest";

import { NO_TERM } from "../../src/daemon/term.ts";
import { ComputeError } from "../../src/errors.ts";
import { CommandSigner } from "../../src/hosting/command-signer.ts";
import { commandedHosts } from "../../src/standby/commanded-hosts.ts";
import { decodeConfig, encodeConfig } from "../../src/standby/config-codec.ts";
import { StandbyGroup } from "../../src/standby/standby-group.ts";
import { STANDBY_PROGRAM, standbyProgram } from "../../src/standby/standby-program.ts";
import { resolveStandbyConfig } from "../../src/standby/standby-settings.ts";
import { Counter, producerOf } from "../daemons.ts";
import { groupIdentity, HostWorld } from "../hosting/host-world.ts";
import { identityOf } from "../identities.ts";
import { present } from "../present.ts";

/** Nodes 1 to 4 with hosts as they are used, and a group of three that a fifth one coordinates. */
async function startGroup() {
  const world = new HostWorld();
  for (let number = 1; number <= 4; number++) {
    const { nodeId } = identityOf(number);
    world.add(number, {
      factories: () => () => new Counter(),
      programs: { [STANDBY_PROGRAM]: standbyProgram({ entropy: seededEntropy(number) }) },
      peers: () => world.from(nodeId),
    });
  }
  const coordinator = identityOf(9).nodeId;
  const signer = CommandSigner.ofGroup(groupIdentity);
  const free = (exclude: ReadonlySet<NodeId>): NodeId => {
    const nodeId = [...world.hosts.keys()].find((id) => !exclude.has(id) && !world.lost.has(id));
    if (nodeId === undefined) throw new ComputeError("no-candidate", "no node is left");
    return nodeId;
  };
  const spawning = StandbyGroup.spawn(
    {
      group: signer.group,
      coordinator,
      clock: world.clock,
      hosts: commandedHosts({
        hosts: world.from(NO_TERM.coordinator),
        signer,
        orderFor: (slot) => ({
          kind: "counter",
          seed: identityOf(50 + slot).toBytes(),
          hostConfig: {},
        }),
      }),
      scheduler: {
        place: (request) => ({
          nodeId: free(new Set(request?.exclude)),
          reason: "first-match",
          considered: [],
          candidates: 1,
          vetoed: [],
          excluded: [],
        }),
      },
    },
    { memberCount: 3 },
  );
  const settle = async <T>(work: Promise<T>): Promise<T> => {
    let isDone = false;
    const mark = (): void => {
      isDone = true;
    };
    work.then(mark, mark);
    await world.clock.runUntil(() => isDone, { limitMs: 60_000 });
    return await work;
  };
  return { world, settle, group: await settle(spawning) };
}

test("a standby group on hosts that check every command loses nothing with its active", async () => {
  const { world, group, settle } = await startGroup();
  const producer = producerOf(1);
  for (const text of ["1", "2"]) await settle(group.deliver(producer.next(utf8(text))));
  const event = producer.next(utf8("4"));
  await settle(group.deliver(event));
  world.lost.add(identityOf(1).nodeId);
  expect(await settle(group.onNodeFailure(identityOf(1).nodeId))).toBe(1);
  await world.clock.advance(3_000);
  const again = await settle(group.deliver(event));
  expect([again.repeated, again.index]).toEqual([true, 3]);
  const { outputs } = await settle(group.deliver(producer.next(utf8("8"))));
  expect(fromUtf8(present(outputs[0]).payload)).toBe("15");
  expect((await settle(group.inSync())).map(({ slot }) => slot).toSorted((a, b) => a - b)).toEqual([
    0, 1, 2,
  ]);
});

test("an active that was away hands over, and is removed", async () => {
  const { world, group, settle } = await startGroup();
  const first = identityOf(1).nodeId;
  world.lost.add(first);
  await settle(group.onNodeFailure(first));
  await world.clock.advance(3_000);
  expect(group.status.surplus).toHaveLength(1);
  world.lost.delete(first);
  await settle(group.onNodeRecovery(first));
  await settle(group.maintain());
  expect(group.status.surplus).toEqual([]);
  expect(present(world.hosts.get(first)).registry.count).toBe(0);
});

test("members are told the configuration of the group", () => {
  const config = resolveStandbyConfig(3, { mode: "fenced", leaseMs: 1_234 });
  expect(decodeConfig(encodeConfig(config))).toEqual(config);
});
