import { MAX_KEPT_REPORT_BYTES, MAX_KEPT_REPORTS } from "../defaults.ts";
import { ComputeError } from "../errors.ts";
import type { KeptReport } from "./reports-codec.ts";

/** What members of one group handed over, until the coordinator acknowledges it. */
export class KeptReports {
  readonly #reports = new Map<number, Uint8Array>();
  #bytes = 0;
  #lastId = 0;

  get count(): number {
    return this.#reports.size;
  }

  /**
   * Keeps a report, which must not be written to.
   *
   * @throws {@link ComputeError} with kind `buffer-full`.
   */
  keep(report: Uint8Array): void {
    if (
      this.#reports.size >= MAX_KEPT_REPORTS ||
      this.#bytes + report.length > MAX_KEPT_REPORT_BYTES
    ) {
      throw new ComputeError(
        "buffer-full",
        `${this.#reports.size} reports with ${this.#bytes} bytes wait to be acknowledged, ` +
          `${MAX_KEPT_REPORTS} with ${MAX_KEPT_REPORT_BYTES} are the limit`,
      );
    }
    this.#lastId++;
    this.#reports.set(this.#lastId, report);
    this.#bytes += report.length;
  }

  /** All of them, the oldest first. */
  list(): readonly KeptReport[] {
    return [...this.#reports].map(([id, report]) => ({ id, report }));
  }

  /** Lets go of reports; those that are not there are no fault. */
  acknowledge(ids: readonly number[]): void {
    for (const id of ids) {
      this.#bytes -= this.#reports.get(id)?.length ?? 0;
      this.#reports.delete(id);
    }
  }
}
