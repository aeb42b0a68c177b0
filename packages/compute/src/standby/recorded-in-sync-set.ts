import { type Clock, deadlineSignal, type Deferred, deferred, raceSignal } from "@selvage/core";

import { compareTerms, type Term } from "../daemon/term.ts";
import type { GroupId } from "../hosting/group-id.ts";
import type { InSyncSet } from "./in-sync-set.ts";
import { type InstanceId, instanceKey } from "./standby-messages.ts";
import type { TermAuthority, TermRecord, VersionedRecord } from "./term-authority.ts";

/** What a {@link RecordedInSyncSet} works with. */
export interface RecordedInSyncParts {
  readonly authority: TermAuthority;
  readonly group: GroupId;
  readonly clock: Clock;
  /** The record that made this member the active. */
  readonly begin: VersionedRecord;
  /** The set, or whether it may serve, changed. */
  readonly onChange: () => void;
  /** Somebody else is the active, in this term. */
  readonly onDeposed: (term: Term) => void;
}

/**
 * An {@link InSyncSet} that a {@link TermAuthority} records, with the lease of the active.
 *
 * A write that failed may yet happen: so whoever it would add counts as a member, until a later write
 * succeeded; and whoever it would remove does until it did itself. The lease counts from before the
 * write was sent, so it ends here before anybody who watches the record may think so.
 */
export class RecordedInSyncSet implements InSyncSet {
  readonly #parts: RecordedInSyncParts;
  #version: string;
  #record: TermRecord;
  /** Who would be a member if any of the writes without an answer happened. */
  #proposed = new Map<string, InstanceId>();
  #desired: readonly InstanceId[];
  #leaseUntil: number;
  #isClosed = false;
  #wake: Deferred<void> = deferred();

  constructor(parts: RecordedInSyncParts) {
    this.#parts = parts;
    this.#version = parts.begin.version;
    this.#record = parts.begin.record;
    this.#desired = parts.begin.record.inSync;
    // Nothing is served before the first renewal.
    this.#leaseUntil = parts.clock.now();
    void this.#run();
  }

  get members(): readonly InstanceId[] {
    return this.#record.inSync;
  }

  required(): ReadonlySet<string> {
    return new Set([...this.#record.inSync.map(instanceKey), ...this.#proposed.keys()]);
  }

  propose(members: readonly InstanceId[]): void {
    this.#desired = members;
    if (!this.#isAsDesired()) this.#wake.resolve();
  }

  mayServe(): boolean {
    return !this.#isClosed && this.#parts.clock.now() < this.#leaseUntil;
  }

  close(): void {
    this.#isClosed = true;
    this.#wake.resolve();
  }

  get #pauseMs(): number {
    return this.#record.leaseMs / 3;
  }

  async #run(): Promise<void> {
    while (!this.#isClosed) {
      const hasFailed = !(await this.#write());
      await this.#pause(hasFailed);
    }
  }

  /** Writes the record anew; `false` if it is to be tried again soon. */
  async #write(): Promise<boolean> {
    const { authority, group, clock } = this.#parts;
    const next: TermRecord = {
      ...this.#record,
      inSync: this.#desired,
      renewals: this.#record.renewals + 1,
    };
    for (const member of next.inSync) this.#proposed.set(instanceKey(member), member);
    const sentAt = clock.now();
    try {
      const version = await this.#limited((signal) =>
        authority.compareAndSet(group, this.#version, next, { signal }),
      );
      if (this.#isClosed) return true;
      if (version === undefined) return await this.#catchUp();
      this.#adopt({ version, record: next });
      this.#leaseUntil = sentAt + next.leaseMs;
      this.#parts.onChange();
      return true;
    } catch {
      return await this.#catchUp();
    }
  }

  /** Looks what became of a write. */
  async #catchUp(): Promise<boolean> {
    const { authority, group, onDeposed, onChange } = this.#parts;
    try {
      const found = await this.#limited((signal) => authority.read(group, { signal }));
      if (found === undefined || this.#isClosed) return false;
      if (compareTerms(found.record.term, this.#record.term) !== 0) {
        onDeposed(found.record.term);
        return true;
      }
      if (found.record.renewals > this.#record.renewals) this.#adopt(found);
      onChange();
    } catch {
      // The authority cannot be reached: the lease runs out, and we try on.
    }
    return false;
  }

  /** Writes that were based on earlier versions cannot happen any more. */
  #adopt({ version, record }: VersionedRecord): void {
    this.#version = version;
    this.#record = record;
    this.#proposed.clear();
  }

  async #pause(hasFailed: boolean): Promise<void> {
    const { clock, onChange } = this.#parts;
    if (!hasFailed && !this.#isAsDesired()) return;
    const ms = hasFailed ? this.#pauseMs / 4 : this.#pauseMs;
    this.#wake = deferred();
    const dueAt = clock.now() + ms;
    const timer = clock.setTimeout(() => this.#wake.resolve(), ms);
    await this.#wake.promise;
    timer[Symbol.dispose]();
    // Who was away for so long has missed more than this timer.
    if (clock.now() - dueAt > this.#record.leaseMs / 2) this.#leaseUntil = clock.now();
    if (!this.mayServe()) onChange();
  }

  #isAsDesired(): boolean {
    const keys = new Set(this.#record.inSync.map(instanceKey));
    return (
      keys.size === this.#desired.length &&
      this.#desired.every((member) => keys.has(instanceKey(member)))
    );
  }

  async #limited<T>(call: (signal: AbortSignal) => Promise<T>): Promise<T> {
    using limit = deadlineSignal(
      this.#parts.clock,
      this.#pauseMs,
      () => new Error("the authority did not answer in time"),
    );
    return await raceSignal(call(limit.signal), limit.signal);
  }
}
