import type { SnapshotFiles } from "../../src/directory/snapshot-files.ts";

/** What an interrupted write may leave behind. */
export type TornWrite = "nothing" | "half" | "all";

interface File {
  content: Uint8Array;
  /** What a loss of power leaves; `undefined` before the first sync: then anything may be left. */
  durable: Uint8Array | undefined;
}

/**
 * Files that forget, with a loss of power, what was not synced, and fail at the step that they are told
 * to fail at.
 */
export class MemoryFiles implements SnapshotFiles {
  #names = new Map<string, File>();
  #durableNames = new Map<string, File>();
  /** Steps that change something, so far. */
  steps = 0;
  /** The step that fails, and all after it: the process died. */
  dieAt = Number.POSITIVE_INFINITY;
  /** The step that fails, alone: the disk was full, or so. */
  failAt = Number.POSITIVE_INFINITY;
  /** Whether a step that fails has its effect all the same. */
  takesEffect = false;

  /** Forgets what was not synced. Where nothing says what is left, `torn` does. */
  losePower(torn: TornWrite = "half"): void {
    this.dieAt = Number.POSITIVE_INFINITY;
    this.failAt = Number.POSITIVE_INFINITY;
    this.#names = new Map(this.#durableNames);
    for (const file of new Set(this.#names.values())) {
      const written = file.content;
      const length =
        torn === "nothing" ? 0 : torn === "half" ? written.length >> 1 : written.length;
      file.durable ??= written.slice(0, length);
      file.content = file.durable;
    }
  }

  /** Ends the process without a loss of power: everything that was done is there. */
  killProcess(): void {
    this.dieAt = Number.POSITIVE_INFINITY;
    this.failAt = Number.POSITIVE_INFINITY;
  }

  /** The files that there are, to be looked at and damaged. */
  contents(): ReadonlyMap<string, Uint8Array> {
    return new Map([...this.#names].map(([name, { content }]) => [name, content]));
  }

  put(name: string, content: Uint8Array): void {
    const file: File = { content, durable: content };
    this.#names.set(name, file);
    this.#durableNames.set(name, file);
  }

  makeDirectory(): Promise<void> {
    return this.#step(() => {});
  }

  read(name: string, limit: number): Promise<Uint8Array | undefined> {
    return Promise.resolve(this.#names.get(name)?.content.slice(0, limit));
  }

  write(name: string, bytes: Uint8Array): Promise<void> {
    return this.#step(() => {
      const file = this.#names.get(name) ?? { content: bytes, durable: undefined };
      // In place, as a file system does it: what was there before is lost, synced or not.
      file.content = bytes.slice();
      file.durable = undefined;
      this.#names.set(name, file);
    });
  }

  sync(name: string): Promise<void> {
    return this.#step(() => {
      const file = this.#names.get(name);
      if (file !== undefined) file.durable = file.content;
    });
  }

  rename(from: string, to: string): Promise<void> {
    return this.#step(() => {
      const file = this.#names.get(from);
      if (file === undefined) throw new Error(`there is no ${from}`);
      this.#names.delete(from);
      this.#names.set(to, file);
    });
  }

  remove(name: string): Promise<void> {
    return this.#step(() => {
      this.#names.delete(name);
    });
  }

  syncDirectory(): Promise<void> {
    return this.#step(() => {
      this.#durableNames = new Map(this.#names);
    });
  }

  list(directory: string): Promise<readonly string[]> {
    const prefix = `${directory}/`;
    const names = [...this.#names.keys()].filter((name) => name.startsWith(prefix));
    return Promise.resolve(names.map((name) => name.slice(prefix.length)));
  }

  #step(effect: () => void): Promise<void> {
    const step = this.steps++;
    const fails = step >= this.dieAt || step === this.failAt;
    if (!fails || (this.takesEffect && (step === this.dieAt || step === this.failAt))) effect();
    return fails ? Promise.reject(new Error(`step ${step} fails`)) : Promise.resolve();
  }
}
