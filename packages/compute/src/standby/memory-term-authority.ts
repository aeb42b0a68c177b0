import type { GroupId } from "../hosting/group-id.ts";
import type { TermAuthority, TermRecord, VersionedRecord } from "./term-authority.ts";

/** A {@link TermAuthority} for groups within one process, and for tests: it ends with its process. */
export class MemoryTermAuthority implements TermAuthority {
  readonly #records = new Map<GroupId, VersionedRecord>();
  #writes = 0;

  async read(group: GroupId): Promise<VersionedRecord | undefined> {
    return Promise.resolve(this.#records.get(group));
  }

  async compareAndSet(
    group: GroupId,
    version: string | undefined,
    record: TermRecord,
  ): Promise<string | undefined> {
    if (this.#records.get(group)?.version !== version) return Promise.resolve(undefined);
    this.#writes++;
    const next = String(this.#writes);
    this.#records.set(group, { record: structuredClone(record), version: next });
    return Promise.resolve(next);
  }
}
