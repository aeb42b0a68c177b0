import assert from "node:assert/strict";

import { parseNodeId } from "@selvage/core";

import { type GroupId, groupIdOf } from "../hosting/group-id.ts";
import type { TermAuthority, TermRecord } from "../standby/term-authority.ts";
import type { ConformanceCheck } from "./snapshot-store.ts";

/** An authority without records, for one check. */
export interface TermAuthorityBench {
  readonly authority: TermAuthority;
  /** Called after the check. */
  dispose(): Promise<void>;
}

/** What every {@link TermAuthority} must do, as an array to loop over in any test runner. */
export function termAuthorityConformance({
  setup,
}: {
  readonly setup: () => Promise<TermAuthorityBench>;
}): readonly ConformanceCheck[] {
  const check = (
    name: string,
    body: (authority: TermAuthority) => Promise<void>,
  ): ConformanceCheck => ({
    name,
    run: async () => {
      const bench = await setup();
      try {
        await body(bench.authority);
      } finally {
        await bench.dispose();
      }
    },
  });
  return [
    check("knows nothing of a group that nobody wrote", async (authority) => {
      assert.equal(await authority.read(GROUP), undefined);
    }),

    check("gives back what was written, with the version of the write", async (authority) => {
      const version = await authority.compareAndSet(GROUP, undefined, recordOf(1));
      assert.deepEqual(await authority.read(GROUP), { record: recordOf(1), version });
    }),

    check("takes the first record once", async (authority) => {
      assert.notEqual(await authority.compareAndSet(GROUP, undefined, recordOf(1)), undefined);
      assert.equal(await authority.compareAndSet(GROUP, undefined, recordOf(2)), undefined);
      assert.deepEqual((await authority.read(GROUP))?.record, recordOf(1));
    }),

    check("writes over the version that it is told, and over no other", async (authority) => {
      const first = await authority.compareAndSet(GROUP, undefined, recordOf(1));
      const second = await authority.compareAndSet(GROUP, first, recordOf(2));
      assert.notEqual(second, undefined);
      assert.equal(await authority.compareAndSet(GROUP, first, recordOf(3)), undefined);
      assert.deepEqual(await authority.read(GROUP), { record: recordOf(2), version: second });
    }),

    check("gives each write a version of its own, also of the same record", async (authority) => {
      const first = await authority.compareAndSet(GROUP, undefined, recordOf(1));
      const second = await authority.compareAndSet(GROUP, first, recordOf(1));
      assert.notEqual(second, undefined);
      assert.notEqual(second, first);
      assert.equal(await authority.compareAndSet(GROUP, first, recordOf(2)), undefined);
    }),

    check("lets one of many writers win", async (authority) => {
      const version = await authority.compareAndSet(GROUP, undefined, recordOf(1));
      const writes = Array.from({ length: 20 }, (_, i) =>
        authority.compareAndSet(GROUP, version, recordOf(2 + i)),
      );
      const won = (await Promise.all(writes)).filter((result) => result !== undefined);
      assert.equal(won.length, 1);
      assert.equal((await authority.read(GROUP))?.version, won[0]);
    }),

    check("keeps groups apart", async (authority) => {
      await authority.compareAndSet(GROUP, undefined, recordOf(1));
      assert.equal(await authority.read(OTHER), undefined);
      assert.notEqual(await authority.compareAndSet(OTHER, undefined, recordOf(2)), undefined);
      assert.deepEqual((await authority.read(GROUP))?.record, recordOf(1));
    }),
  ];
}

const GROUP: GroupId = groupIdOf(new Uint8Array(32).fill(1));
const OTHER: GroupId = groupIdOf(new Uint8Array(32).fill(2));

function recordOf(number: number): TermRecord {
  const active = { slot: 0, incarnation: 1, instance: "0".repeat(32) };
  return {
    term: { number, coordinator: parseNodeId("c".repeat(32)) },
    active,
    inSync: [active, { ...active, slot: 1 }],
    leaseMs: 3_000,
    renewals: number,
  };
}
