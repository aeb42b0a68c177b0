import { utf8 } from "@selvage/core";
import { seededEntropy } from "@selvage/testing";
import { describe, expect, test } from "vitest";

import { forkSentinel, linkHash } from "../../src/causal/link-hash.ts";
import { respawnSentinel } from "../../src/causal/respawn-sentinel.ts";
import { ForkGroup, type ForkGroupConfig } from "../../src/groups/fork-group.ts";
import {
  decodeForkRecord,
  encodeForkRecord,
  FORK_RECORD_BYTES,
  type ForkRecord,
  verifyForkRecord,
} from "../../src/groups/fork-record.ts";
import { producerOf } from "../daemons.ts";
import { failureOf } from "../hosting/host-world.ts";
import { identityOf } from "../identities.ts";
import { kindOf } from "../kind-of.ts";
import { present } from "../present.ts";
import { GroupWorld, notHere } from "./group-world.ts";

const parent = identityOf(77).originHash;

function forksOf(forkCount: number, config: Partial<ForkGroupConfig> = {}): ForkGroupConfig {
  return { kind: "counter", placement: notHere, forkCount, parent, forkSequence: 5, ...config };
}

function fork(world: GroupWorld, config: ForkGroupConfig): Promise<ForkGroup> {
  return world.act(ForkGroup.fork({ ...world.parts(), entropy: seededEntropy(1) }, config));
}

describe("forks", () => {
  test("are all somebody new, come from the parent, and their chains say so", async () => {
    const world = new GroupWorld(3);
    const group = await fork(world, forksOf(3));
    const records = group.forkRecords();
    expect(new Set(records.map(({ forkedOrigin }) => forkedOrigin)).size).toBe(3);
    expect(group.members().map((m) => m.status === "healthy" && m.originHash)).toEqual(
      records.map(({ forkedOrigin }) => forkedOrigin),
    );
    for (const record of records) {
      expect(record).toMatchObject({ originalOrigin: parent, forkSequence: 5 });
      expect(record.forkGenesis.parentHash).toBe(forkSentinel(parent, 5));
    }
    expect(group.verifyLineage()).toBe(true);
    const delivery = group.routeAndDeliver({}, producerOf(1).next(utf8("1")));
    const { member, outputs } = await world.act(delivery);
    const { forkGenesis } = present(records[member.slot]);
    const payload = new Uint8Array();
    expect(outputs[0]?.link.parentHash).toBe(linkHash({ link: forkGenesis, payload }));
  });

  test("that lose their node stay who they are, and begin anew", async () => {
    const world = new GroupWorld(2);
    const group = await fork(world, forksOf(1));
    const records = group.forkRecords();
    const failed = present(group.members()[0]?.nodeId);
    world.lose(failed);
    expect(await world.act(group.onNodeFailure(failed))).toEqual([0]);
    expect(group.forkRecords()).toEqual(records);
    const delivery = group.routeAndDeliver({}, producerOf(1).next(utf8("1")));
    const { outputs } = await world.act(delivery);
    expect(outputs[0]?.link.parentHash).toBe(respawnSentinel(present(records[0]).forkedOrigin, 2));
  });

  test("that are added later are somebody new each time", async () => {
    const world = new GroupWorld(3);
    const group = await fork(world, forksOf(1));
    await world.act(group.scaleTo(2));
    const [first, second] = group.forkRecords();
    await world.act(group.scaleTo(1));
    await world.act(group.scaleTo(2));
    const [same, other] = group.forkRecords();
    expect([same, group.forkRecords().length]).toEqual([first, 2]);
    expect(other?.forkedOrigin).not.toBe(second?.forkedOrigin);
    expect(group.verifyLineage()).toBe(true);
  });

  test("leave nothing behind if one finds no node", async () => {
    const world = new GroupWorld(2);
    const parts = { ...world.parts(), entropy: seededEntropy(1) };
    const forking = failureOf(ForkGroup.fork(parts, forksOf(3)));
    expect(await world.act(forking)).toEqual(["placement-failed", "never"]);
    expect(world.instances()).toBe(0);
  });

  test.each([{ forkCount: 0 }, { forkSequence: -1 }])("%o is refused", async (config) => {
    const forking = ForkGroup.fork(new GroupWorld(1).parts(), forksOf(1, config));
    await expect(forking).rejects.toThrow(RangeError);
  });
});

describe("a fork record", () => {
  async function recordOf(): Promise<ForkRecord> {
    const world = new GroupWorld(1);
    return present((await fork(world, forksOf(1))).forkRecords()[0]);
  }

  test("has a fixed length and comes back as it was", async () => {
    const record = await recordOf();
    const bytes = encodeForkRecord(record);
    expect([bytes.length, FORK_RECORD_BYTES]).toEqual([81, 81]);
    expect(decodeForkRecord(bytes)).toEqual(record);
    const begun = { ...record, fromSnapshotSequence: 12 };
    expect(decodeForkRecord(encodeForkRecord(begun))).toEqual(begun);
  });

  test("is refused with any byte changed, cut off or added", async () => {
    const bytes = encodeForkRecord(await recordOf());
    for (let at = 0; at < bytes.length; at++) {
      // Links name half of an origin, and the horizon of a genesis is nobody's proof.
      if ((at >= 24 && at < 32) || (at >= 48 && at < 56)) continue;
      const changed = bytes.slice();
      changed[at] = (changed[at] ?? 0) ^ 0x40;
      expect(kindOf(() => decodeForkRecord(changed))).toContain("bad-link");
    }
    expect(kindOf(() => decodeForkRecord(bytes.subarray(1)))).toContain("bad-link");
    expect(kindOf(() => decodeForkRecord(new Uint8Array([...bytes, 0])))).toBe(
      "bad-link: trailing",
    );
  });

  test("must agree with itself", async () => {
    const record = await recordOf();
    const other = identityOf(78).originHash;
    const faults: readonly [Partial<ForkRecord>, string][] = [
      [{ originalOrigin: record.forkedOrigin }, "bad-link: origin"],
      [{ forkedOrigin: other }, "bad-link: origin"],
      [{ forkSequence: 6 }, "bad-link: parent"],
      [{ originalOrigin: other }, "bad-link: parent"],
      [{ forkGenesis: { ...record.forkGenesis, sequence: 1 } }, "bad-link: sequence"],
    ];
    for (const [fault, kind] of faults) {
      expect(kindOf(() => verifyForkRecord({ ...record, ...fault }))).toBe(kind);
    }
  });
});
