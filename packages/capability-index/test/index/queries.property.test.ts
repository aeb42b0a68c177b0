import type { NodeId } from "@selvage/core";
import { ManualClock } from "@selvage/testing";
import fc from "fast-check";
import { expect, test } from "vitest";

import {
  type Announcement,
  type CapabilityFilter,
  CapabilityIndex,
  type CapabilityQuery,
  CapabilitySet,
  matchesFilter,
  matchesPredicate,
  type Predicate,
  resolveScope,
  type ScopeFilter,
  where,
} from "../../src/index.ts";
import { bootId } from "../fixtures.ts";
import { Follower } from "./follower.ts";
import { NaiveIndex } from "./naive-index.ts";
import { plainAnnouncement, plainNodeId } from "./plain-announcement.ts";

const NODES = 8;

const tag = fc.constantFrom(
  "a",
  "b",
  "c",
  "software.os=linux",
  "software.os:darwin",
  "software.os",
  "hardware.gpu",
  "hardware.gpu.vendor=nvidia",
  "hardware.gpu.vendor:amd",
  "hardware.gpu.1.vendor=intel",
  "hardware.gpu.vram_gb=24",
  "hardware.gpu.1.vram_gb=40",
  "hardware.memory_gb=64",
  "hardware.memory_gb:8",
  "software.model.0.id=m1",
  "software.model.0.id:m2",
  "software.model.1.id=m2",
  "software.model.x.id=m3",
  "software.model.1.context_length=8192",
  "software.model.0.modalities=text,image",
  "software.tool.0.tool_id=t1",
  "software.tool.2.tool_id=t2",
  "scope:subnet-local",
  "scope:tenant:acme",
  "scope:tenant:other",
  "scope:region:eu",
);

const capabilities = fc
  .record({
    tags: fc.uniqueArray(tag, { maxLength: 10 }),
    metadata: fc.constantFrom({}, { note: "x" }, { note: "y" }),
  })
  .map((parts) => CapabilitySet.from(parts));

const announcement: fc.Arbitrary<Announcement> = fc
  .record({
    n: fc.nat({ max: NODES - 1 }),
    version: fc.integer({ min: 1, max: 5 }),
    ttlSeconds: fc.constantFrom(30, 60, 900),
    tombstone: fc.constantFrom(false, false, false, false, true),
    bootId: fc.constantFrom(bootId(1), bootId(2)),
    ageMs: fc.constantFrom(0, 0, 1, 29_999, 30_000),
    capabilities,
  })
  .map(({ n, ...config }) => plainAnnouncement(n, config));

/** A question for one thing or two: who asks for everything finds nobody. */
function few<T extends object>(parts: {
  readonly [K in keyof T]-?: fc.Arbitrary<T[K]>;
}): fc.Arbitrary<T> {
  const keys = Object.keys(parts) as (keyof T & string)[];
  return fc
    .tuple(fc.subarray(keys, { maxLength: 2 }), fc.record(parts))
    .map(([chosen, all]) => Object.fromEntries(chosen.map((key) => [key, all[key]])) as T);
}

const filter: fc.Arbitrary<CapabilityFilter> = few<CapabilityFilter>({
  requireTags: fc.uniqueArray(tag, { maxLength: 2 }),
  requireModels: fc.subarray(["m1", "m2", "m3", "m4"]),
  requireTools: fc.subarray(["t1", "t2", "t3"]),
  minMemoryGb: fc.constantFrom(0, 8, 64),
  requireGpu: fc.boolean(),
  gpuVendor: fc.constantFrom("nvidia", "amd", "intel", "unknown"),
  minVramGb: fc.constantFrom(0, 24, 64),
  minContextLength: fc.constantFrom(0, 4_096),
  requireModalities: fc.subarray(["text", "image", "video"]),
});

const leaf: fc.Arbitrary<Predicate> = fc.constantFrom<Predicate>(
  where.tag("software.os").exists(),
  where.tag("software.os").equals("linux"),
  where.tag("hardware.gpu").exists(),
  where.tag("hardware.gpu.vendor").equals("amd"),
  where.tag("hardware.memory_gb").atLeast(32),
  where.tag("software.model.0.id").startsWith("m"),
  where.tag("devices.none").exists(),
  where.metadata("note").equals("x"),
);

const predicate: fc.Arbitrary<Predicate> = fc.letrec<{ any: Predicate }>((tie) => ({
  any: fc.oneof(
    { maxDepth: 2, withCrossShrink: true },
    leaf,
    fc.array(tie("any"), { maxLength: 3 }).map((parts) => where.all(...parts)),
    fc.array(tie("any"), { maxLength: 3 }).map((parts) => where.any(...parts)),
    tie("any").map((part) => where.not(part)),
  ),
})).any;

const scope: fc.Arbitrary<ScopeFilter> = fc.constantFrom<ScopeFilter>(
  { kind: "any" },
  { kind: "globalOnly" },
  { kind: "tenant", tenant: "acme" },
  { kind: "tenants", tenants: ["other", "acme"] },
  { kind: "region", region: "eu" },
);

const query: fc.Arbitrary<CapabilityQuery> = few<CapabilityQuery>({
  tags: fc.uniqueArray(tag, { maxLength: 2 }),
  filter,
  where: predicate,
  scope,
});

/** Whether a set is as asked, looked at alone and without an index. */
function isAsAsked({ tags, filter, where, scope }: CapabilityQuery, set: CapabilitySet): boolean {
  return (
    (tags ?? []).every((tag) => set.has(tag)) &&
    (filter === undefined || matchesFilter(filter, set)) &&
    (where === undefined || matchesPredicate(where, set)) &&
    (scope === undefined || isInScope(scope, set))
  );
}

function isInScope(filter: ScopeFilter, set: CapabilitySet): boolean {
  const own = resolveScope(set);
  if (own.kind === "subnet-local") return false;
  if (own.kind === "global" || filter.kind === "any") return true;
  if (filter.kind === "tenant") return own.tenants.includes(filter.tenant);
  if (filter.kind === "tenants") return own.tenants.some((name) => filter.tenants.includes(name));
  return filter.kind === "region" && own.regions.includes(filter.region);
}

type Step =
  | { readonly do: "apply"; readonly announcement: Announcement }
  | { readonly do: "hide" | "unhide"; readonly nodeId: NodeId }
  | { readonly do: "advance"; readonly ms: number }
  | { readonly do: "gc" }
  | { readonly do: "read"; readonly reader: number; readonly most: number };

const someNode = fc.nat({ max: NODES - 1 }).map(plainNodeId);
const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 8,
    arbitrary: fc.record({ do: fc.constant("apply" as const), announcement }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      do: fc.constantFrom("hide" as const, "unhide" as const),
      nodeId: someNode,
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      do: fc.constant("advance" as const),
      ms: fc.constantFrom(1, 10_000, 29_999, 30_000, 500_000),
    }),
  },
  { weight: 1, arbitrary: fc.constant({ do: "gc" } as const) },
  {
    weight: 3,
    arbitrary: fc.record({
      do: fc.constant("read" as const),
      reader: fc.nat({ max: 3 }),
      most: fc.constantFrom(1, 2, 100),
    }),
  },
);

const gist = ({ nodeId, version, bootId, capabilities }: Omit<Announcement, "body">): string =>
  JSON.stringify([nodeId, version, bootId, capabilities]);

async function play(
  steps: readonly Step[],
  after: (index: CapabilityIndex, naive: NaiveIndex, now: number) => void,
  readers: (index: CapabilityIndex) => readonly Follower[],
): Promise<CapabilityIndex> {
  const clock = new ManualClock();
  const index = new CapabilityIndex({ clock });
  const naive = new NaiveIndex();
  const followers = readers(index);
  /** Who listeners believe to be there: of them the index knows which process they were. */
  const followed = new Map<NodeId, string>();
  index.onChange(({ type, entry }) => {
    if (type === "removed") followed.delete(entry.nodeId);
    else followed.set(entry.nodeId, entry.bootId);
  });
  for (const action of steps) {
    const now = clock.now();
    switch (action.do) {
      case "apply":
        index.apply(action.announcement);
        naive.apply(action.announcement, now);
        break;
      case "hide":
        naive.hide(action.nodeId, now, followed.get(action.nodeId));
        index.hide(action.nodeId);
        break;
      case "unhide":
        naive.hidden.delete(action.nodeId);
        index.unhide(action.nodeId);
        break;
      case "advance":
        await clock.advance(action.ms);
        break;
      case "gc":
        index.gc();
        naive.gc(now);
        break;
      case "read":
        await followers[action.reader]?.read(action.most);
        break;
    }
    after(index, naive, clock.now());
  }
  for (const follower of followers) await follower.read();
  return index;
}

test("every question is answered as by looking at each entry", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(step, { maxLength: 30 }),
      fc.array(query, { minLength: 4, maxLength: 4 }),
      async (steps, queries) => {
        await play(
          steps,
          (index, naive, now) => {
            for (const asked of queries) {
              const expected = naive.findBy((each) => isAsAsked(asked, each.capabilities), now);
              expect(index.find(asked).map((entry) => gist({ ...plain, ...entry }))).toEqual(
                expected.map(gist),
              );
            }
          },
          () => [],
        );
      },
    ),
    { numRuns: 300 },
  );
});

const plain = plainAnnouncement(0);

test("the events of a live query add up to what is found, however slowly they are read", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(step, { maxLength: 40 }),
      fc.array(query, { minLength: 4, maxLength: 4 }),
      async (steps, queries) => {
        let followers: readonly Follower[] = [];
        const index = await play(
          steps,
          () => {},
          (index) => (followers = queries.map((asked) => new Follower(index.watch(asked)))),
        );
        for (const [i, follower] of followers.entries()) {
          expect(follower.entries).toEqual(index.find(queries[i]));
          expect(follower.log.filter((line) => line === "ready")).toHaveLength(1);
        }
      },
    ),
    { numRuns: 300 },
  );
});
