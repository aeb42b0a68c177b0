import assert from "node:assert/strict";

import { parseNodeId, utf8 } from "@selvage/core";
import { type EntityId, Identity } from "@selvage/identity";

import { CausalChain } from "../causal/causal-chain.ts";
import { ObservedHorizon } from "../causal/horizon.ts";
import { NO_TERM, type Term } from "../daemon/term.ts";
import type { SnapshotStore } from "../snapshot/snapshot-store.ts";
import type { StateSnapshot } from "../snapshot/state-snapshot.ts";

/** One check of a conformance suite; it rejects when the check fails. */
export interface ConformanceCheck {
  readonly name: string;
  run(): Promise<void>;
}

/** A store without content, for one check. */
export interface SnapshotStoreBench {
  readonly store: SnapshotStore;
  /** The same content after a restart; left out by stores that do not outlive their process. */
  reopen?(): Promise<SnapshotStore>;
  /** Called after the check. */
  dispose(): Promise<void>;
}

/** What every {@link SnapshotStore} must do, as an array to loop over in any test runner. */
export function snapshotStoreConformance({
  setup,
}: {
  readonly setup: () => Promise<SnapshotStoreBench>;
}): readonly ConformanceCheck[] {
  const check = (
    name: string,
    body: (store: SnapshotStore, restart: () => Promise<SnapshotStore>) => Promise<void>,
  ): ConformanceCheck => ({
    name,
    run: async () => {
      const bench = await setup();
      try {
        await body(bench.store, async () => (await bench.reopen?.()) ?? bench.store);
      } finally {
        await bench.dispose();
      }
    },
  });
  return [
    check("gives nothing for an entity it never heard of", async (store) => {
      assert.equal(await store.load(ALICE), undefined);
      assert.equal(await store.remove(ALICE), false);
      assert.deepEqual(await store.list(), []);
      await store.forget(ALICE);
    }),

    check(
      "gives back what it took, to the last byte, also after a restart",
      async (store, restart) => {
        const snapshot = snapshotOf(1, { throughDelivery: 5, state: "five" });
        assert.equal(await store.store(snapshot), true);
        assert.deepEqual(await store.load(ALICE), snapshot);
        assert.deepEqual(await (await restart()).load(ALICE), snapshot);
      },
    ),

    check("takes a state of no bytes and one of many", async (store) => {
      const empty = snapshotOf(1, { throughDelivery: 1, state: "" });
      const large = snapshotOf(2, { throughDelivery: 1, state: "x".repeat(1_000_000) });
      assert.equal(await store.store(empty), true);
      assert.equal(await store.store(large), true);
      assert.deepEqual(await store.load(empty.entityId), empty);
      assert.deepEqual(await store.load(large.entityId), large);
    }),

    check("replaces a snapshot by a later one only", async (store, restart) => {
      const first = snapshotOf(1, { throughDelivery: 5 });
      await store.store(first);
      assert.equal(await store.store(first), false);
      assert.equal(await store.store(snapshotOf(1, { throughDelivery: 4 })), false);
      assert.deepEqual(await store.load(ALICE), first);
      const again = await restart();
      assert.equal(await again.store(snapshotOf(1, { throughDelivery: 5, state: "b" })), false);
      const later = snapshotOf(1, { throughDelivery: 6 });
      assert.equal(await again.store(later), true);
      assert.deepEqual(await again.load(ALICE), later);
    }),

    check("counts a higher term as later, whatever the index", async (store, restart) => {
      const a = parseNodeId("a".repeat(32));
      const b = parseNodeId("b".repeat(32));
      const at = (throughDelivery: number, term: Term): StateSnapshot =>
        snapshotOf(1, { throughDelivery, term });
      assert.equal(await store.store(at(9, { number: 1, coordinator: a })), true);
      assert.equal(await store.store(at(10, NO_TERM)), false);
      assert.equal(await store.store(at(8, { number: 1, coordinator: b })), true);
      const again = await restart();
      assert.equal(await again.store(at(9, { number: 1, coordinator: a })), false);
      assert.equal(await again.store(at(1, { number: 2, coordinator: a })), true);
      assert.equal((await again.load(ALICE))?.throughDelivery, 1);
    }),

    check(
      "remembers how far a removed snapshot was, also after a restart",
      async (store, restart) => {
        const removed = snapshotOf(1, { throughDelivery: 5 });
        await store.store(removed);
        assert.equal(await store.remove(ALICE), true);
        assert.equal(await store.remove(ALICE), false);
        assert.equal(await store.load(ALICE), undefined);
        assert.deepEqual(await store.list(), []);
        assert.equal(await store.store(removed), false);
        const again = await restart();
        assert.equal(await again.load(ALICE), undefined);
        assert.equal(await again.store(removed), false);
        const later = snapshotOf(1, { throughDelivery: 6 });
        assert.equal(await again.store(later), true);
        assert.deepEqual(await again.load(ALICE), later);
      },
    ),

    check("begins anew with an entity that it was told to forget", async (store, restart) => {
      await store.store(snapshotOf(1, { throughDelivery: 5 }));
      await store.forget(ALICE);
      assert.equal(await store.load(ALICE), undefined);
      const early = snapshotOf(1, { throughDelivery: 1 });
      assert.equal(await store.store(early), true);
      await store.forget(ALICE);
      const again = await restart();
      assert.equal(await again.load(ALICE), undefined);
      assert.equal(await again.store(early), true);
      assert.deepEqual(await again.load(ALICE), early);
    }),

    check("keeps entities apart, and lists them by their bytes", async (store, restart) => {
      const snapshots = [3, 1, 2].map((n) => snapshotOf(n, { throughDelivery: n }));
      for (const snapshot of snapshots) assert.equal(await store.store(snapshot), true);
      assert.equal(await store.remove(ALICE), true);
      const again = await restart();
      const expected = [2, 3].map((n) => snapshotOf(n, { throughDelivery: n }));
      const byBytes = expected.toSorted((a, b) => Buffer.compare(a.entityId, b.entityId));
      assert.deepEqual(
        await again.list(),
        byBytes.map(({ entityId }) => entityId),
      );
      for (const snapshot of expected) {
        assert.deepEqual(await again.load(snapshot.entityId), snapshot);
      }
    }),

    check("ends with the latest of those stored at the same time", async (store) => {
      const order = [3, 1, 4, 2, 5];
      const taken = await Promise.all(
        order.map((throughDelivery) => store.store(snapshotOf(1, { throughDelivery }))),
      );
      assert.equal(taken.at(-1), true);
      assert.equal((await store.load(ALICE))?.throughDelivery, 5);
    }),

    check(
      "keeps what it took apart from what the giver does with it, and from the taker",
      async (store) => {
        const given = snapshotOf(1, { throughDelivery: 5, state: "five" });
        await store.store(given);
        given.state.fill(0);
        const loaded = await store.load(ALICE);
        assert.deepEqual(loaded?.state, utf8("five"));
        loaded?.state.fill(0);
        assert.deepEqual((await store.load(ALICE))?.state, utf8("five"));
      },
    ),
  ];
}

const ALICE: EntityId = identityOf(1).entityId;

interface Chosen {
  readonly throughDelivery: number;
  readonly term?: Term;
  readonly state?: string;
}

function identityOf(number: number): Identity {
  return Identity.fromSeed(new Uint8Array(32).fill(number));
}

function snapshotOf(number: number, { throughDelivery, term, state = "a" }: Chosen): StateSnapshot {
  const identity = identityOf(number);
  const chain = CausalChain.begin(identity.originHash);
  return {
    entityId: identity.entityId,
    term: term ?? NO_TERM,
    throughDelivery,
    head: chain.append(utf8("output"), 0n),
    sentinel: undefined,
    createdAtMs: 1_700_000_000_000,
    horizon: new ObservedHorizon().encode(),
    // No floors, no producers.
    producers: new Uint8Array(8),
    state: utf8(state),
    bindings: new Uint8Array(0),
  };
}
