import type { NodeId } from "@selvage/core";
import { serviceTag } from "@selvage/nrpc";

import type { Life } from "./life.ts";

/** What a process is told by a live query for one service, from its start to its end. */
export class LiveQuery {
  readonly life: Life;
  readonly service: string;
  /** Versions of those that serve it, as told. */
  readonly told: Map<NodeId, number> = new Map();

  constructor(life: Life, service: string) {
    this.life = life;
    this.service = service;
  }

  /** Follows the query, as code of the process. */
  async follow(): Promise<void> {
    for await (const event of this.life.mesh.watch({ tags: [serviceTag(this.service)] })) {
      if (event.type === "removed") this.told.delete(event.entry.nodeId);
      else if (event.type !== "ready") this.told.set(event.entry.nodeId, event.entry.version);
    }
  }
}
