import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";

import { describe, expect, test } from "vitest";

import { snapshotStoreConformance } from "../../src/conformance/snapshot-store.ts";
import { DirectorySnapshotStore } from "../../src/directory/directory-snapshot-store.ts";
import { MemorySnapshotStore } from "../../src/snapshot/memory-snapshot-store.ts";
import { MemoryFiles } from "../directory/memory-files.ts";

describe.each([
  {
    name: "MemorySnapshotStore",
    setup: () =>
      Promise.resolve({ store: new MemorySnapshotStore(), dispose: () => Promise.resolve() }),
  },
  {
    name: "DirectorySnapshotStore on a real disk",
    setup: async () => {
      const directory = await mkdtemp(path.join(tmpdir(), "selvage-store-"));
      const below = path.join(directory, "made", "with use");
      return {
        store: new DirectorySnapshotStore(below),
        reopen: () => Promise.resolve(new DirectorySnapshotStore(below)),
        dispose: () => rm(directory, { recursive: true }),
      };
    },
  },
  {
    name: "DirectorySnapshotStore after a loss of power at each restart",
    setup: () => {
      const files = new MemoryFiles();
      const open = (): DirectorySnapshotStore => new DirectorySnapshotStore("/store", { files });
      return Promise.resolve({
        store: open(),
        reopen: () => {
          files.losePower();
          return Promise.resolve(open());
        },
        dispose: () => Promise.resolve(),
      });
    },
  },
])("$name", ({ setup }) => {
  test.each(snapshotStoreConformance({ setup }))("$name", async (check) => {
    await expect(check.run()).resolves.toBeUndefined();
  });
});
