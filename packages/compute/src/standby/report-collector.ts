import { Emitter, type Listen, type Logger, type NodeId } from "@selvage/core";

import type { Term } from "../daemon/term.ts";
import { DEFAULT_STATUS_TIMEOUT_MS } from "../defaults.ts";
import type { DivergedReport } from "./diverged-report.ts";
import type { StandbyHosts } from "./standby-hosts.ts";

/** What a {@link ReportCollector} works with. */
export interface ReportCollectorParts {
  readonly hosts: StandbyHosts;
  readonly logger: Logger;
  readonly term: () => Term;
  readonly isFailed: (nodeId: NodeId) => boolean;
}

const OPTIONS = { deadlineMs: DEFAULT_STATUS_TIMEOUT_MS };

/** Gets what members handed over, and lets their nodes forget it only when it was heard here. */
export class ReportCollector {
  readonly #parts: ReportCollectorParts;
  readonly #reports: Emitter<DivergedReport>;
  /** Where reports may wait, also of members that are gone. */
  readonly #nodes = new Set<NodeId>();

  constructor(parts: ReportCollectorParts) {
    this.#parts = parts;
    this.#reports = new Emitter((error) => parts.logger.error("a listener threw", { error }));
  }

  get onReport(): Listen<DivergedReport> {
    return this.#reports.on;
  }

  /** Asks all nodes that members are on, or were. */
  async collect(inUse: ReadonlySet<NodeId>): Promise<void> {
    for (const nodeId of inUse) this.#nodes.add(nodeId);
    await Promise.allSettled(
      [...this.#nodes].map(async (nodeId) => {
        if (this.#parts.isFailed(nodeId) || !(await this.#collectFrom(nodeId))) return;
        // All was heard, and nobody is left there who could report more.
        if (!inUse.has(nodeId)) this.#nodes.delete(nodeId);
      }),
    );
  }

  close(): void {
    this.#reports.clear();
  }

  /** Whether there is nothing left. */
  async #collectFrom(nodeId: NodeId): Promise<boolean> {
    const { hosts, term } = this.#parts;
    const reports = await hosts.reports(nodeId, term(), OPTIONS);
    if (reports.length === 0) return true;
    // As long as nobody listens, they are kept where they are.
    if (this.#reports.size === 0) return false;
    for (const { report } of reports) this.#reports.emit(report);
    const ids = reports.map(({ id }) => id);
    await hosts.acknowledge(nodeId, term(), ids, OPTIONS);
    return true;
  }
}
