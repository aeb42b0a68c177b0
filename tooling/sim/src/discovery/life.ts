import type { CapabilityEntry } from "@selvage/capability-index";
import { CapabilitySet, type Mesh } from "@selvage/mesh";

import type { Member } from "./member.ts";
import { keyOf, keyWith } from "./words.ts";

/** Something that a process said at a time. */
interface Said {
  readonly atMs: number;
  readonly key: string;
}

/** One process of a member, and everything that an onlooker writes down about it. */
export class Life {
  readonly member: Member;
  readonly mesh: Mesh;
  readonly bornAtMs: number;
  /** What it serves. */
  readonly services: Set<string> = new Set();
  /** How often it did something of which others must hear at once. */
  urgent = 0;
  /** When it began to close, and when it ended in whatever way. */
  closingAtMs: number | undefined;
  endedAtMs: number | undefined;
  /** Lives of others that heard its goodbye, if they went on. */
  heardBy: readonly Life[] = [];
  readonly #said: Said[];
  readonly #keyOfVersion: Map<number, string> = new Map();
  #set: CapabilitySet;
  #bootId: string | undefined;

  /** `first` is what it was started with. */
  constructor(member: Member, mesh: Mesh, bornAtMs: number, first: CapabilitySet) {
    this.member = member;
    this.mesh = mesh;
    this.bornAtMs = bornAtMs;
    this.#set = first;
    // A node may make itself known before it has anything to say.
    this.#said = [CapabilitySet.empty, first].map((set) => ({ atMs: bornAtMs, key: keyOf(set) }));
  }

  /** As others know the process; `undefined` before it published anything. */
  get bootId(): string | undefined {
    this.#bootId ??= this.mesh
      .findNodes()
      .find(({ nodeId }) => nodeId === this.mesh.nodeId)?.bootId;
    return this.#bootId;
  }

  /** What it says now. */
  get latest(): string {
    return this.#said.at(-1)?.key ?? "";
  }

  get isOver(): boolean {
    return this.endedAtMs !== undefined;
  }

  /** It says something else besides its services from now on. */
  say(set: CapabilitySet, atMs: number): void {
    this.#set = set;
    this.#said.push({ atMs, key: keyWith(set, this.services) });
  }

  /** Its services are others from now on. */
  offer(atMs: number): void {
    this.#said.push({ atMs, key: keyWith(this.#set, this.services) });
    this.urgent++;
  }

  /** Why an entry cannot be by this process. */
  faultOf({ version, capabilities }: CapabilityEntry): string | undefined {
    const key = keyOf(capabilities);
    const known = this.#keyOfVersion.get(version);
    if (known === undefined) {
      if (!this.#said.some((said) => said.key === key)) return `it never said "${key}"`;
      this.#keyOfVersion.set(version, key);
      return undefined;
    }
    return known === key ? undefined : `in version ${version} it said "${known}", and not "${key}"`;
  }
}
