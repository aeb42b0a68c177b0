import path from "node:path";

import { formatEntityId } from "@selvage/identity";
import { describe, expect, test } from "vitest";

import { DirectorySnapshotStore } from "../../src/directory/directory-snapshot-store.ts";
import { isComputeError } from "../../src/errors.ts";
import { encodeSnapshot } from "../../src/snapshot/encode-snapshot.ts";
import type { StateSnapshot } from "../../src/snapshot/state-snapshot.ts";
import { present } from "../present.ts";
import { snapshotAt } from "../snapshots.ts";
import { MemoryFiles, type TornWrite } from "./memory-files.ts";

const DIRECTORY = path.resolve("/store");
const alice = snapshotAt(1).entityId;
const snapshotFile = path.join(DIRECTORY, `${formatEntityId(alice)}.snapshot`);
const markFile = path.join(DIRECTORY, `${formatEntityId(alice)}.mark`);

function open(files: MemoryFiles): DirectorySnapshotStore {
  return new DirectorySnapshotStore(DIRECTORY, { files });
}

/** A store that has a snapshot through this event. */
async function storeThrough(through: number): Promise<MemoryFiles> {
  const files = new MemoryFiles();
  await open(files).store(snapshotAt(through));
  return files;
}

async function outcomeOf<T>(promise: Promise<T>): Promise<T | string> {
  try {
    return await promise;
  } catch (error) {
    if (!isComputeError(error)) throw error;
    return error.reason === undefined ? error.kind : `${error.kind}: ${error.reason}`;
  }
}

const throughOf = async (files: MemoryFiles): Promise<number | undefined> =>
  (await open(files).load(alice))?.throughDelivery;

const ends = ["power lost", "process killed"] as const;
const tears: readonly TornWrite[] = ["nothing", "half", "all"];
const cases = ends.flatMap((end) =>
  tears.flatMap((torn) => [true, false].map((takesEffect) => ({ end, torn, takesEffect }))),
);

describe.each(cases)(
  "$end, $torn of what was not synced left, last step done: $takesEffect",
  ({ end, torn, takesEffect }) => {
    /** Lets `act` die at every one of its steps, and looks at what is there afterwards. */
    async function dieEverywhere(
      prepare: () => Promise<MemoryFiles>,
      act: (store: DirectorySnapshotStore) => Promise<unknown>,
      look: (files: MemoryFiles, isDone: boolean) => Promise<void>,
    ): Promise<number> {
      for (let at = 0; ; at++) {
        const files = await prepare();
        files.takesEffect = takesEffect;
        const before = files.steps;
        files.dieAt = before + at;
        const result = await outcomeOf(act(open(files)));
        const isDone = result !== "store-failed";
        if (end === "power lost") files.losePower(torn);
        else files.killProcess();
        await look(files, isDone);
        if (isDone) return at;
      }
    }

    test("a store leaves the old snapshot or the new one, and the new one if it said so", async () => {
      const steps = await dieEverywhere(
        () => storeThrough(5),
        (store) => store.store(snapshotAt(6)),
        async (files, isDone) => {
          const through = await throughOf(files);
          expect(isDone ? [6] : [5, 6]).toContain(through);
          // What is there never makes later snapshots impossible, or earlier ones possible.
          expect(await open(files).store(snapshotAt(4))).toBe(false);
          expect(await open(files).store(snapshotAt(7))).toBe(true);
          expect(await throughOf(files)).toBe(7);
        },
      );
      expect(steps).toBeGreaterThanOrEqual(8);
    });

    test("a store that died is made up for by a removal, which opens no way back", async () => {
      await dieEverywhere(
        () => storeThrough(5),
        (store) => store.store(snapshotAt(6)),
        async (files) => {
          const through = (await throughOf(files)) ?? 0;
          expect(await open(files).remove(alice)).toBe(true);
          for (let early = 4; early <= through; early++) {
            expect(await open(files).store(snapshotAt(early))).toBe(false);
          }
          expect(await open(files).store(snapshotAt(through + 1))).toBe(true);
        },
      );
    });

    test("the first store leaves nothing or all of it", async () => {
      await dieEverywhere(
        () => Promise.resolve(new MemoryFiles()),
        (store) => store.store(snapshotAt(6)),
        async (files, isDone) => {
          expect(isDone ? [6] : [undefined, 6]).toContain(await throughOf(files));
          expect(await open(files).store(snapshotAt(7))).toBe(true);
        },
      );
    });

    test("a removal never opens the way for what was stored before", async () => {
      await dieEverywhere(
        () => storeThrough(5),
        (store) => store.remove(alice),
        async (files, isDone) => {
          expect(isDone ? [undefined] : [undefined, 5]).toContain(await throughOf(files));
          expect(await open(files).store(snapshotAt(5))).toBe(false);
          expect(await open(files).store(snapshotAt(6))).toBe(true);
        },
      );
    });

    test("a forgetting can be repeated until it is done", async () => {
      await dieEverywhere(
        () => storeThrough(5),
        (store) => store.forget(alice),
        async (files) => {
          await open(files).forget(alice);
          expect(await open(files).store(snapshotAt(1))).toBe(true);
        },
      );
    });
  },
);

test("a store that failed at any one step goes on when the disk does", async () => {
  for (let at = 0; at < 8; at++) {
    const files = new MemoryFiles();
    const store = open(files);
    await store.store(snapshotAt(5));
    files.failAt = files.steps + at;
    expect(await outcomeOf(store.store(snapshotAt(6)))).toBe("store-failed");
    const through = (await store.load(alice))?.throughDelivery;
    expect([5, 6]).toContain(through);
    expect(await store.store(snapshotAt(6))).toBe(through === 5);
    expect(await store.store(snapshotAt(7))).toBe(true);
    expect((await store.load(alice))?.throughDelivery).toBe(7);
  }
});

describe("a damaged file", () => {
  const bytes = encodeSnapshot(snapshotAt(5));

  /** Every truncation, and every byte flipped. */
  function* damages(content: Uint8Array): Generator<Uint8Array> {
    for (let length = 0; length < content.length; length++) yield content.slice(0, length);
    for (let at = 0; at < content.length; at++) {
      const flipped = content.slice();
      flipped.set([(content.at(at) ?? 0) ^ 0x20], at);
      yield flipped;
    }
    yield Uint8Array.of(...content, 0);
  }

  test("is never taken for a snapshot, and replaced by a later one only", async () => {
    const good = await storeThrough(5);
    const mark = present(good.contents().get(markFile));
    let count = 0;
    for (const damaged of damages(bytes)) {
      const files = new MemoryFiles();
      files.put(snapshotFile, damaged);
      files.put(markFile, mark);
      const store = open(files);
      expect(await outcomeOf(store.load(alice))).toMatch(/^bad-snapshot: /);
      expect(await store.store(snapshotAt(5))).toBe(false);
      expect(await store.store(snapshotAt(6))).toBe(true);
      expect((await store.load(alice))?.throughDelivery).toBe(6);
      count++;
    }
    expect(count).toBe(2 * bytes.length + 1);
  });

  test("that is the mark is made up for by the snapshot", async () => {
    const mark = present((await storeThrough(5)).contents().get(markFile));
    for (const damaged of damages(mark)) {
      const files = new MemoryFiles();
      files.put(snapshotFile, bytes);
      files.put(markFile, damaged);
      expect(await open(files).store(snapshotAt(5))).toBe(false);
      expect(await open(files).store(snapshotAt(6))).toBe(true);
    }
  });

  test("beside a damaged mark leaves nothing to go by, until it is forgotten", async () => {
    const mark = present((await storeThrough(5)).contents().get(markFile));
    const files = new MemoryFiles();
    files.put(snapshotFile, bytes.slice(1));
    files.put(markFile, mark.slice(1));
    const store = open(files);
    expect(await outcomeOf(store.store(snapshotAt(9)))).toBe("bad-snapshot: inconsistent");
    expect(await outcomeOf(store.remove(alice))).toBe("bad-snapshot: inconsistent");
    await store.forget(alice);
    expect(await store.store(snapshotAt(1))).toBe(true);
  });

  test("of somebody else under this name is refused", async () => {
    const bob: StateSnapshot = snapshotAt(5, 2);
    const files = await storeThrough(5);
    files.put(snapshotFile, encodeSnapshot(bob));
    expect(await outcomeOf(open(files).load(alice))).toBe("bad-snapshot: origin");
    const others = new MemoryFiles();
    await open(others).store(snapshotAt(3, 2));
    const foreign = path.join(DIRECTORY, `${formatEntityId(bob.entityId)}.mark`);
    files.put(markFile, present(others.contents().get(foreign)));
    expect(await outcomeOf(open(files).store(snapshotAt(9)))).toBe("bad-snapshot: inconsistent");
  });

  test("larger than any snapshot can be is refused without being read as one", async () => {
    const files = await storeThrough(10);
    const store = new DirectorySnapshotStore(DIRECTORY, { files, maxStateBytes: 1 });
    expect(await outcomeOf(store.load(alice))).toBe("bad-snapshot: limit");
    expect(await outcomeOf(store.store(snapshotAt(11)))).toBe("state-too-large");
  });
});

test("files of other names in the directory are left alone", async () => {
  const files = await storeThrough(5);
  files.put(path.join(DIRECTORY, "notes.txt"), new Uint8Array(3));
  files.put(path.join(DIRECTORY, `${"0".repeat(64)}.snapshot.tmp`), new Uint8Array(3));
  expect(await open(files).list()).toEqual([alice]);
});
