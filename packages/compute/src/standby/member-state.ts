import type { DaemonEvent, StoredEvent } from "../daemon/daemon-event.ts";
import type { DaemonHost } from "../daemon/daemon-host.ts";
import type { Delivery } from "../daemon/delivery.ts";
import { NO_TERM, type Term } from "../daemon/term.ts";
import { ComputeError } from "../errors.ts";
import { decodeSnapshot } from "../snapshot/decode-snapshot.ts";
import { encodeSnapshot } from "../snapshot/encode-snapshot.ts";
import { commonThrough, extendHistory, type History, NO_HISTORY } from "./history.ts";
import type { InstallMessage } from "./standby-messages.ts";
import type { StandbyConfig } from "./standby-settings.ts";
import { bytesOf, StoredLog } from "./stored-log.ts";

/** What a member gives up if it goes on with another history. */
export interface Losses {
  readonly entries: readonly StoredEvent[];
  readonly omittedBefore: number | undefined;
  readonly snapshot: Uint8Array | undefined;
}

/**
 * What a member holds: the state of its daemon through `base`, and the entries behind it that are not
 * applied yet. Entries that not every member is known to hold are kept although they are in the state:
 * they are what it has to hand over if the group goes on without it.
 */
export class MemberState {
  readonly host: DaemonHost;
  readonly log: StoredLog = new StoredLog();
  history: History = NO_HISTORY;
  /** The last term in which this was a copy of the active, or was it. */
  synced: Term = NO_TERM;
  /** Whether there is anything to be promoted with. */
  isBlank = true;
  /** The state may be anything. */
  isBroken = false;
  /** Through which index enough members are known to hold the entries. */
  committed = 0;
  /** Through which index every member of the group is known to have held them. */
  settled = 0;
  /** Of everything that was ever appended here. */
  appendedBytes = 0;
  readonly #config: StandbyConfig;

  readonly #maxStateBytes: number | undefined;

  constructor(host: DaemonHost, config: StandbyConfig, maxStateBytes?: number) {
    this.host = host;
    this.#config = config;
    this.#maxStateBytes = maxStateBytes;
  }

  /** The last entry that is in the state. */
  get base(): number {
    return this.host.deliveryIndex;
  }

  /** The last entry. */
  get last(): number {
    return this.history.last;
  }

  /** The group begins here: with nothing. */
  begin(): void {
    this.isBlank = false;
  }

  /** The active applies an event and keeps it. */
  deliver(event: DaemonEvent, term: Term): Delivery {
    const delivery = this.host.deliver(event, { term });
    this.#append({ index: delivery.index, term, event });
    return delivery;
  }

  /** A standby keeps an event. */
  store(entry: StoredEvent): void {
    this.#append(entry);
  }

  /**
   * Applies everything that is kept, in order.
   *
   * @throws {@link ComputeError} of the daemon: then it is broken, as the active had no trouble.
   */
  applyAll(): void {
    try {
      for (const entry of this.log.after(this.base)) this.host.apply(entry);
    } catch (error) {
      this.isBroken = true;
      throw error;
    }
  }

  /** @throws {@link ComputeError} with kind `snapshot-failed` or `state-too-large`. */
  snapshot(): Uint8Array {
    const snapshot = this.host.takeSnapshot();
    if (snapshot !== undefined) return encodeSnapshot(snapshot);
    throw new ComputeError(
      "snapshot-failed",
      `daemon "${this.host.name}" tells no state, so nobody can stand by for it`,
    );
  }

  /** Becomes a copy of the active. */
  install(message: InstallMessage, term: Term): void {
    this.#restore(message.snapshot, message.through);
    this.log.reset(message.entries, message.through);
    this.history = message.history;
    this.committed = message.committed;
    this.settled = message.settled;
    this.synced = term;
    this.isBlank = false;
    this.isBroken = false;
  }

  /** Takes over a state that contains entries that are held anyway. */
  checkpoint(snapshot: Uint8Array, through: number): void {
    if (through <= this.base) return;
    this.#restore(snapshot, through);
    this.trim();
  }

  /** What is known now of what others hold. */
  learn(committed: number, settled: number): void {
    this.committed = Math.max(this.committed, Math.min(committed, this.last));
    this.settled = Math.max(this.settled, Math.min(settled, this.last));
  }

  /** Lets go of entries that nobody needs, and of the oldest there is no room for. */
  trim(needed: number = this.base): void {
    const { maxLogEvents, maxLogBytes } = this.#config;
    const disposable = Math.min(this.base, needed);
    this.log.trim(Math.min(disposable, this.settled));
    this.log.trimTo(maxLogEvents, maxLogBytes, disposable);
  }

  /** What is lost if the group goes on with a history; `undefined` if nothing is. */
  lossesTo(history: History): Losses | undefined {
    return this.lossesAfter(commonThrough(this.history, history));
  }

  /** What is lost if the group has nothing of this behind an index; `undefined` if nothing is. */
  lossesAfter(common: number): Losses | undefined {
    if (this.isBlank || common >= this.last) return undefined;
    const { first } = this.log;
    const isComplete = first <= common + 1;
    return {
      entries: this.log.after(common),
      omittedBefore: isComplete ? undefined : first,
      // Entries are let go of only once they are in the state, so it contains what is omitted.
      snapshot: isComplete || this.isBroken ? undefined : this.snapshot(),
    };
  }

  #append(entry: StoredEvent): void {
    this.log.append(entry);
    this.appendedBytes += bytesOf(entry);
    this.history = extendHistory(this.history, entry.term);
  }

  #restore(bytes: Uint8Array, through: number): void {
    const snapshot = decodeSnapshot(bytes, { maxStateBytes: this.#maxStateBytes });
    if (snapshot.throughDelivery !== through) {
      throw new ComputeError(
        "bad-command",
        `the snapshot goes through event ${snapshot.throughDelivery}, not ${through}`,
      );
    }
    try {
      this.host.restoreFrom(snapshot);
    } catch (error) {
      this.isBroken = true;
      throw error;
    }
  }
}
