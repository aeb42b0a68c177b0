import type { CapabilitySet } from "@selvage/mesh";

import type { Method } from "../planting/internals.ts";
import { all, type Patch } from "../planting/patch.ts";
import { method } from "./patching.ts";

/** What the patches need to know of an announcement. */
interface AnnouncementInside {
  readonly nodeId: string;
  readonly bootId: string | undefined;
  readonly version: number;
  readonly tombstone: boolean;
  readonly capabilities: CapabilitySet;
}

/** Replaces a method of the index. */
const indexMethod = (name: string, wrap: (original: Method) => Method): Patch =>
  method(["index/capability-index", "CapabilityIndex", name], wrap);

/** Changes what the index takes in. */
const taking = (
  change: (announcement: AnnouncementInside, index: object, options: unknown) => object,
): Patch =>
  indexMethod(
    "apply",
    (original) =>
      function (announcement, options) {
        const changed = change(announcement as AnnouncementInside, this, options);
        return Reflect.apply(original, this, [changed, options]);
      },
  );

/** For each index, something by node id. */
class PerIndex<T> {
  readonly #maps: WeakMap<object, Map<string, T>> = new WeakMap();

  of(index: object): Map<string, T> {
    let map = this.#maps.get(index);
    if (map === undefined) {
      map = new Map();
      this.#maps.set(index, map);
    }
    return map;
  }
}

/** What was hidden once is never shown again. */
export const noUnhide: Patch = indexMethod("unhide", () => () => {});

/** Lifetimes mean nothing. */
export const noExpiry: Patch = taking((announcement) => ({ ...announcement, ttlSeconds: 900 }));

/** The age of what is passed on is forgotten. */
export const noAge: Patch = all(
  indexMethod(
    "stored",
    (original) =>
      function (...parameters) {
        const stored = Reflect.apply(original, this, parameters) as object | undefined;
        return stored && { ...stored, ageMs: 0 };
      },
  ),
  indexMethod(
    "entries",
    (original) =>
      function (...parameters) {
        const entries = Reflect.apply(original, this, parameters) as readonly object[];
        return entries.map((stored) => ({ ...stored, ageMs: 0 }));
      },
  ),
);

/** A set that replaces another keeps the other's tags. */
export function mixedSets(): ReturnType<Patch> {
  const before = new PerIndex<CapabilitySet>();
  return taking((announcement, index) => {
    const { nodeId, tombstone, capabilities } = announcement;
    const held = before.of(index).get(nodeId);
    before.of(index).set(nodeId, capabilities);
    if (tombstone || held === undefined) return announcement;
    return { ...announcement, capabilities: capabilities.withTags(...held.tags) };
  })();
}

/** Notes, for each index, what it took in last of each node. */
function noting(taken: PerIndex<AnnouncementInside>): Patch {
  return indexMethod(
    "apply",
    (original) =>
      function (announcement, options) {
        const outcome = Reflect.apply(original, this, [announcement, options]) as string;
        const { nodeId } = announcement as AnnouncementInside;
        if (NEWS.has(outcome)) taken.of(this).set(nodeId, announcement as AnnouncementInside);
        return outcome;
      },
  );
}

const NEWS: ReadonlySet<string> = new Set(["added", "updated", "removed"]);

/** Lets an index take what is no news to it, if `isWanted`, given what it took last of the node. */
const takingOld = (
  isWanted: (candidate: AnnouncementInside, taken: AnnouncementInside, index: object) => boolean,
): Patch => {
  const taken = new PerIndex<AnnouncementInside>();
  return all(
    noting(taken),
    indexMethod(
      "isNewer",
      (original) =>
        function (candidate) {
          if (Reflect.apply(original, this, [candidate]) === true) return true;
          const old = candidate as AnnouncementInside;
          const held = taken.of(this).get(old.nodeId);
          return held !== undefined && isWanted(old, held, this);
        },
    ),
  );
};

/** Once per node, an older announcement of a process replaces a newer one. */
export function olderAgain(): ReturnType<Patch> {
  const asked = new PerIndex<number>();
  return takingOld(({ nodeId, bootId, version, tombstone }, held, index) => {
    if (tombstone || held.tombstone || version >= held.version) return false;
    // It is asked for twice: when what came is verified, all of it not yet read, and taken in.
    if (bootId !== undefined && bootId !== held.bootId) return false;
    const times = asked.of(index).get(nodeId) ?? 0;
    asked.of(index).set(nodeId, times + 1);
    return times < 2;
  })();
}

/** A goodbye removes what it takes back, and is forgotten. */
export const noTombstones: Patch = async () =>
  await takingOld(
    (candidate, { version, tombstone }) => tombstone && candidate.version < version,
  )();

/** What was found by a tag first is found by it for ever. */
export function staleAnswers(): ReturnType<Patch> {
  const answers = new PerIndex<unknown>();
  return indexMethod(
    "find",
    (original) =>
      function (query) {
        const answer = Reflect.apply(original, this, [query]) as readonly unknown[];
        const [tag] = (query as { readonly tags?: readonly string[] } | undefined)?.tags ?? [];
        if (tag === undefined || answer.length === 0) return answer;
        const known = answers.of(this);
        if (!known.has(tag)) known.set(tag, answer);
        return known.get(tag);
      },
  )();
}

/** A live query hears of who comes, and of nobody who goes. */
export const lostRemovals: Patch = method(
  ["index/watchers", "Watchers", "changed"],
  (original) =>
    function (nodeId, _before, after) {
      return Reflect.apply(original, this, [nodeId, undefined, after]);
    },
);
