import type { Clock } from "@selvage/core";

import { ComputeError } from "../errors.ts";
import type { GroupId } from "../hosting/group-id.ts";
import type { TermAuthority, TermRecord, VersionedRecord } from "./term-authority.ts";

/** By how much one clock may run faster than another one. */
const CLOCK_DRIFT = 1.1;

/** A coordinator's view of a lease: nobody's clock is compared with that of anybody else. */
export class LeaseWatch {
  readonly #authority: TermAuthority;
  readonly #group: GroupId;
  readonly #clock: Clock;
  #seen: { readonly version: string; readonly sinceMs: number } | undefined;

  constructor(authority: TermAuthority, group: GroupId, clock: Clock) {
    this.#authority = authority;
    this.#group = group;
    this.#clock = clock;
  }

  /** Reads the record and notes since when it is the same. */
  async look(): Promise<VersionedRecord | undefined> {
    const found = await this.#authority.read(this.#group);
    if (found !== undefined && found.version !== this.#seen?.version) {
      this.#seen = { version: found.version, sinceMs: this.#clock.now() };
    }
    return found;
  }

  /**
   * Waits until the lease of a record has run out by any clock.
   *
   * @throws {@link ComputeError} with kind `lease-held` if it was renewed meanwhile.
   */
  async expire({ record, version }: VersionedRecord): Promise<void> {
    const sinceMs = this.#seen?.version === version ? this.#seen.sinceMs : this.#clock.now();
    const left = sinceMs + record.leaseMs * CLOCK_DRIFT - this.#clock.now();
    if (left <= 0) return;
    await this.#clock.sleep(left);
    const now = await this.look();
    if (now?.version !== version) throw leaseHeld("the active renewed it");
  }

  /** @throws {@link ComputeError} with kind `lease-held` if the record is another one by now. */
  async write(version: string | undefined, record: TermRecord): Promise<void> {
    const written = await this.#authority.compareAndSet(this.#group, version, record);
    if (written === undefined) throw leaseHeld("another record was written");
  }
}

function leaseHeld(why: string): ComputeError {
  return new ComputeError("lease-held", `the term cannot be taken: ${why}`);
}
