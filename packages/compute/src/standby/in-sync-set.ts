import { type InstanceId, instanceKey } from "./standby-messages.ts";

/** Who must hold an event before it is acknowledged, as the active keeps it. */
export interface InSyncSet {
  /** Who is in it. */
  readonly members: readonly InstanceId[];
  /** The keys of those that must hold an event: who is in it, or may be in it without our knowing. */
  required(): ReadonlySet<string>;
  /** Who should be in it; happens now or later. */
  propose(members: readonly InstanceId[]): void;
  /** Whether the active may apply and acknowledge at this moment. */
  mayServe(): boolean;
  close(): void;
}

/** An {@link InSyncSet} that is what the active says, for groups that put availability first. */
export class LocalInSyncSet implements InSyncSet {
  members: readonly InstanceId[];
  #keys: ReadonlySet<string>;
  readonly #onChange: () => void;

  constructor(members: readonly InstanceId[], onChange: () => void) {
    this.members = members;
    this.#keys = new Set(members.map(instanceKey));
    this.#onChange = onChange;
  }

  required(): ReadonlySet<string> {
    return this.#keys;
  }

  propose(members: readonly InstanceId[]): void {
    const keys = new Set(members.map(instanceKey));
    if (keys.size === this.#keys.size && [...keys].every((key) => this.#keys.has(key))) return;
    this.members = members;
    this.#keys = keys;
    this.#onChange();
  }

  mayServe(): boolean {
    return true;
  }

  close(): void {}
}
