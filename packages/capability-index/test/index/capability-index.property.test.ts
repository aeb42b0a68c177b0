import { type NodeId, toHex } from "@selvage/core";
import { ManualClock } from "@selvage/testing";
import fc from "fast-check";
import { expect, test } from "vitest";

import {
  type Announcement,
  CapabilityIndex,
  type CapabilityEntry,
  VERSION_MEMORY_MS,
} from "../../src/index.ts";
import { announce, bootId, identity } from "../fixtures.ts";
import { NaiveIndex } from "./naive-index.ts";

const TAGS = ["a", "b", "hardware.k=v"];
const NODES = [1, 2, 3];
const nodeId = (n: number): NodeId => identity(n).nodeId;

/** Every announcement the properties use, signed once: signing again and again is what is slow. */
const made = new Map<string, Announcement>();

function cachedAnnounce(
  n: number,
  config: NonNullable<Parameters<typeof announce>[1]>,
): Announcement {
  const key = JSON.stringify([n, config]);
  const announcement = made.get(key) ?? announce(n, config);
  made.set(key, announcement);
  return announcement;
}

const announcement: fc.Arbitrary<Announcement> = fc
  .tuple(
    fc.constantFrom(...NODES),
    fc.record({
      version: fc.integer({ min: 1, max: 4 }),
      ttlSeconds: fc.constantFrom(30, 60, 900),
      tombstone: fc.constantFrom(false, false, false, true),
      bootId: fc.constantFrom(bootId(1), bootId(2)),
      tags: fc.subarray(TAGS),
    }),
  )
  .map(([n, config]) => cachedAnnounce(n, config));

function gist({ nodeId: id, version, bootId: boot }: CapabilityEntry | Announcement): string {
  return `${id} v${version} ${boot}`;
}

type Step =
  | { readonly do: "apply"; readonly announcement: Announcement; readonly ageMs: number }
  | { readonly do: "hide" | "unhide"; readonly nodeId: NodeId }
  | { readonly do: "advance"; readonly ms: number }
  | { readonly do: "gc" };

const someNode = fc.constantFrom(...NODES).map(nodeId);
const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 5,
    arbitrary: fc.record({
      do: fc.constant("apply" as const),
      announcement,
      ageMs: fc.constantFrom(0, 1, 29_999, 30_000, 100_000, 899_999, 950_000),
    }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constant("hide" as const), nodeId: someNode }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant("unhide" as const), nodeId: someNode }) },
  {
    weight: 2,
    arbitrary: fc.record({
      do: fc.constant("advance" as const),
      ms: fc.constantFrom(1, 10_000, 30_000, 60_000, 500_000, VERSION_MEMORY_MS),
    }),
  },
  { weight: 1, arbitrary: fc.constant({ do: "gc" } as const) },
);

test("the index answers every question as a plain list would", async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 30 }), async (steps) => {
      const clock = new ManualClock();
      const index = new CapabilityIndex({ clock });
      const naive = new NaiveIndex();
      /** What a listener who only follows the changes believes to be there. */
      const followed = new Map<NodeId, string>();
      index.onChange((change) => {
        if (change.type === "removed") followed.delete(change.entry.nodeId);
        else followed.set(change.entry.nodeId, gist(change.entry));
      });
      for (const action of steps) {
        const now = clock.now();
        switch (action.do) {
          case "apply": {
            const received = { ...action.announcement, ageMs: action.ageMs };
            index.apply(received);
            naive.apply(received, now);
            break;
          }
          case "hide": {
            // An expired entry that was not collected yet still says which process it was.
            const known = naive.known.get(action.nodeId)?.announcement;
            const isIndexed = followed.has(action.nodeId);
            naive.hide(action.nodeId, now, isIndexed ? known?.bootId : undefined);
            index.hide(action.nodeId);
            break;
          }
          case "unhide":
            index.unhide(action.nodeId);
            naive.hidden.delete(action.nodeId);
            break;
          case "advance":
            await clock.advance(action.ms);
            break;
          case "gc":
            index.gc();
            naive.gc(now);
            expect([...followed.values()].toSorted()).toEqual(
              naive
                .told(now)
                .filter(({ tombstone }) => !tombstone)
                .map(gist)
                .toSorted(),
            );
            break;
        }
        for (const tags of [[], ...TAGS.map((tag) => [tag]), TAGS, TAGS.slice(1)]) {
          expect(index.find({ tags }).map(gist)).toEqual(naive.find(tags, clock.now()).map(gist));
        }
        expect(
          index
            .entries()
            .map((stored) => toHex(stored.body))
            .toSorted(),
        ).toEqual(
          naive
            .told(clock.now())
            .map(({ body }) => toHex(body))
            .toSorted(),
        );
      }
    }),
    { numRuns: 150 },
  );
});

test("whatever order announcements arrive in, and however often, indexes end up the same", async () => {
  const arrivals = fc
    .array(announcement, { minLength: 1, maxLength: 12 })
    .chain((all) =>
      fc.tuple(
        fc.constant(all),
        fc.shuffledSubarray([...all, ...all], { minLength: all.length * 2 }),
        fc.nat({ max: VERSION_MEMORY_MS }),
      ),
    );
  await fc.assert(
    fc.asyncProperty(arrivals, async ([all, shuffled, laterMs]) => {
      const results: string[] = [];
      for (const order of [all, shuffled]) {
        const clock = new ManualClock();
        const index = new CapabilityIndex({ clock });
        for (const arrival of order) {
          await clock.advance(1);
          // What was signed at time 0 is as old as the time is now.
          index.apply({ ...arrival, ageMs: clock.now() });
        }
        await clock.advance(laterMs);
        results.push(
          JSON.stringify([
            index.find().map(gist),
            TAGS.map((tag) => index.find({ tags: [tag] }).map(gist)),
            toHex(index.digest()),
          ]),
        );
        await clock.advance(VERSION_MEMORY_MS);
        index.gc();
        expect(index.stats()).toMatchObject({ entries: 0, gone: 0, tags: 0 });
      }
      // One of the orders took longer by what came twice; nothing may expire in between.
      const spread = shuffled.length - all.length;
      const ends = [30_000, 60_000, 900_000, VERSION_MEMORY_MS];
      const now = all.length + laterMs;
      fc.pre(ends.every((end) => end <= now || end > now + spread));
      expect(results[1]).toBe(results[0]);
    }),
    { numRuns: 100 },
  );
});
