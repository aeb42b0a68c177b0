import { mkdir, open, readdir, rename, rm } from "node:fs/promises";

/** What a {@link DirectorySnapshotStore} does with files. Each call is one step of its promises. */
export interface SnapshotFiles {
  /** Makes a directory and those above it; nothing happens if it is there. */
  makeDirectory(path: string): Promise<void>;
  /** The content of a file, but no more than `limit` bytes of it; `undefined` if there is none. */
  read(path: string, limit: number): Promise<Uint8Array | undefined>;
  /** Writes a file, in place of one that is there. */
  write(path: string, bytes: Uint8Array): Promise<void>;
  /** Resolves when the content of a file outlives a loss of power. */
  sync(path: string): Promise<void>;
  /** Puts a file in the place of another one, wholly or not at all. */
  rename(from: string, to: string): Promise<void>;
  /** Removes a file; nothing happens if there is none. */
  remove(path: string): Promise<void>;
  /** Resolves when the names in a directory outlive a loss of power. */
  syncDirectory(path: string): Promise<void>;
  /** The names in a directory, in any order. */
  list(path: string): Promise<readonly string[]>;
}

/** The files of the operating system. */
export const systemFiles: SnapshotFiles = {
  makeDirectory: async (path) => {
    await mkdir(path, { recursive: true });
  },
  read: async (path, limit) => {
    const file = await openToRead(path);
    if (file === undefined) return undefined;
    try {
      const { size } = await file.stat();
      const bytes = new Uint8Array(Math.min(size, limit));
      let length = 0;
      while (length < bytes.length) {
        const { bytesRead } = await file.read(bytes, length, bytes.length - length, length);
        if (bytesRead === 0) break;
        length += bytesRead;
      }
      return bytes.subarray(0, length);
    } finally {
      await file.close();
    }
  },
  write: async (path, bytes) => {
    const file = await open(path, "w");
    try {
      await file.writeFile(bytes);
    } finally {
      await file.close();
    }
  },
  sync: (path) => syncPath(path, "r+"),
  rename,
  remove: (path) => rm(path, { force: true }),
  syncDirectory: async (path) => {
    // Windows neither can nor must: its file systems journal names.
    if (process.platform !== "win32") await syncPath(path, "r");
  },
  list: (path) => readdir(path),
};

async function openToRead(path: string): Promise<Awaited<ReturnType<typeof open>> | undefined> {
  try {
    return await open(path, "r");
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") return undefined;
    throw error;
  }
}

async function syncPath(path: string, flags: "r" | "r+"): Promise<void> {
  const file = await open(path, flags);
  try {
    await file.sync();
  } finally {
    await file.close();
  }
}
