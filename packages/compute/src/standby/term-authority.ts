import type { Term } from "../daemon/term.ts";
import type { GroupId } from "../hosting/group-id.ts";
import type { InstanceId } from "./standby-messages.ts";

/** Who may serve a group, as the authority has it. */
export interface TermRecord {
  readonly term: Term;
  readonly active: InstanceId;
  /** Who holds every acknowledged event; only these may be promoted. The active is one of them. */
  readonly inSync: readonly InstanceId[];
  /** How long the active may serve after a renewal, by its own clock, in milliseconds. */
  readonly leaseMs: number;
  /** How often the record was written in this term: higher each time. */
  readonly renewals: number;
}

/** A record with what its next writer must know. */
export interface VersionedRecord {
  readonly record: TermRecord;
  /** Different after each write; only equality means anything. */
  readonly version: string;
}

/** Options of a {@link TermAuthority}. */
export interface TermAuthorityOptions {
  readonly signal?: AbortSignal | undefined;
}

/**
 * Where the terms of `fenced` groups come from: one register per group on a store that is
 * linearizable, such as a key in etcd, JetStream KV or a row in PostgreSQL. If a call fails, the write
 * may have happened, or may happen later; but never after another write succeeded.
 */
export interface TermAuthority {
  /** The last record that was written; `undefined` if none ever was. Must not be an older one. */
  read(group: GroupId, options?: TermAuthorityOptions): Promise<VersionedRecord | undefined>;
  /**
   * Writes a record if the last one has this version, or if there is none and the version is
   * `undefined`. Gives the new version, `undefined` if another record was written before.
   */
  compareAndSet(
    group: GroupId,
    version: string | undefined,
    record: TermRecord,
    options?: TermAuthorityOptions,
  ): Promise<string | undefined>;
}
