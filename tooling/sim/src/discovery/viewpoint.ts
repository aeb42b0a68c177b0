import type { CapabilityEntry } from "@selvage/capability-index";
import type { NodeId } from "@selvage/core";
import type { MeshStatus } from "@selvage/mesh";

import type { ViolationLog } from "../violations.ts";
import type { Chronicle } from "./chronicle.ts";
import type { Life } from "./life.ts";

/** What viewpoints are judged by. */
export interface ViewpointParts {
  readonly chronicle: Chronicle;
  readonly log: ViolationLog;
  readonly now: () => number;
  /** How much longer than its lifetime an announcement may be remembered, in milliseconds. */
  readonly graceMs: number;
}

/** What one process lists of all nodes, from its start to its end, and whether it can be true. */
export class Viewpoint {
  readonly life: Life;
  readonly #parts: ViewpointParts;
  #list: readonly CapabilityEntry[] = [];
  /** What was listed last of each node, though it may be listed no longer. */
  readonly #seen: Map<NodeId, CapabilityEntry> = new Map();
  /** The processes whose goodbye was heard here. */
  readonly #gone: Set<string> = new Set();
  /** The nodes that are known here and not listed, because they failed. */
  readonly #hidden: Set<NodeId> = new Set();

  constructor(life: Life, parts: ViewpointParts) {
    this.life = life;
    this.#parts = parts;
  }

  /** The entries that are listed now. */
  get list(): readonly CapabilityEntry[] {
    return this.#list;
  }

  /** Whether a node is known here and not listed, because it failed. */
  isHidden(nodeId: NodeId): boolean {
    return this.#hidden.has(nodeId);
  }

  /** Follows, as code of the process, what happens to its list. */
  async follow(): Promise<void> {
    for await (const event of this.life.mesh.status()) this.#onStatus(event);
  }

  /** Takes note of what is listed now. */
  look(): void {
    const list = this.life.mesh.findNodes();
    if (list !== this.#list) {
      this.#list = list;
      for (const entry of list) this.#judge(entry);
    }
    for (const entry of list) this.#checkLifetime(entry);
  }

  #onStatus(event: MeshStatus): void {
    const { type } = event;
    if (type === "node-hidden") this.#hidden.add(event.nodeId);
    if (type === "node-unhidden" || type === "node-removed") this.#hidden.delete(event.nodeId);
    if (type === "node-removed" && event.cause === "withdrawn") this.#onWithdrawn(event.nodeId);
    if (type.startsWith("node-")) this.look();
  }

  #onWithdrawn(nodeId: NodeId): void {
    const entry = this.#seen.get(nodeId);
    const life = entry === undefined ? undefined : this.#parts.chronicle.find(entry);
    // The tombstone of an earlier process may cover a later one until that speaks above it.
    if (life?.closingAtMs !== undefined) this.#gone.add(life.bootId ?? "");
  }

  #judge(entry: CapabilityEntry): void {
    const { chronicle, log } = this.#parts;
    const { nodeId, bootId, version } = entry;
    const life = chronicle.find(entry);
    const where = `${this.life.member.name} lists`;
    if (life === undefined) {
      log.add("never-said", `${where} a process ${bootId} of ${nodeId} that never was`);
      return;
    }
    const { name } = life.member;
    if (this.#gone.has(bootId)) {
      log.add("came-back", `${where} ${name}, after it heard its goodbye`);
      return;
    }
    const before = this.#seen.get(nodeId);
    if (before?.version === version && before.capabilities === entry.capabilities) return;
    this.#seen.set(nodeId, entry);
    const fault = life.faultOf(entry);
    if (fault !== undefined) log.add("never-said", `${where} ${name}: ${fault}`);
    if (before !== undefined && before.version > version) {
      const fall = `in version ${version}, after version ${before.version}`;
      log.add("version-back", `${where} ${name} ${fall}`);
    }
  }

  #checkLifetime(entry: CapabilityEntry): void {
    const { chronicle, log, now, graceMs } = this.#parts;
    const life = chronicle.find(entry);
    if (life?.endedAtMs === undefined) return;
    const overMs = now() - life.endedAtMs - life.member.setting.ttlSeconds * 1_000;
    if (overMs <= graceMs) return;
    const { name } = life.member;
    const when = `${Math.round(overMs)} ms after what it said last has expired`;
    log.add("undead", `${this.life.member.name} lists a process of ${name} ${when}`);
  }
}
