import { compareUtf8 } from "../text-order.ts";
import { redactText } from "./redaction.ts";

/** How one clause did over all subjects. */
export interface ClauseStats {
  /** The clause in words; clauses that say the same are counted together, wherever they stand. */
  readonly label: string;
  /** How often it was asked, which short-circuiting lowers and repetition raises. */
  readonly evaluated: number;
  /** How often it was met. */
  readonly matched: number;
}

/** What a {@link PredicateReport} says, which is also its JSON form. */
export interface PredicateReportParts {
  readonly total_candidates: number;
  /** How many of them meet the predicate. */
  readonly matched: number;
  readonly clause_stats: readonly ClauseStats[];
}

/** How a predicate did over many subjects, clause by clause: which one is it that nobody meets? */
export interface PredicateReport extends PredicateReportParts {
  /** In the order of the labels' UTF-8 bytes. */
  readonly clause_stats: readonly ClauseStats[];
  /**
   * The report without what its clauses compare the texts under these metadata keys with. Clauses
   * that say the same then are counted together. That the keys are asked for stays visible.
   *
   * A report made here knows its clauses. In one from {@link importPredicateReport} they are told by
   * their labels, and where a label can be read in two ways the one that hides more is taken.
   */
  redactMetadata(keys: Iterable<string>): PredicateReport;
  /** The report as lines of text for people. */
  render(): string;
}

/** The figures of one clause, and its label without what it tells about some metadata keys. */
export interface ClauseTally extends ClauseStats {
  readonly redacted: (keys: ReadonlySet<string>) => string;
}

/** A report of tallies, of which several may have one label. */
export function toReport(
  total: number,
  matched: number,
  tallies: readonly ClauseTally[],
): PredicateReport {
  return new Report(total, matched, tallies);
}

/**
 * A report that was made elsewhere, from its JSON form.
 *
 * @throws TypeError for what is no report.
 */
export function importPredicateReport(parts: PredicateReportParts): PredicateReport {
  const { total_candidates: total, matched, clause_stats } = parts;
  checkCount("total_candidates", total);
  checkCount("matched", matched);
  if (!Array.isArray(clause_stats)) throw new TypeError("clause_stats must be a list");
  const tallies = clause_stats.map(({ label, evaluated, matched }: ClauseStats): ClauseTally => {
    if (typeof label !== "string") throw new TypeError("every label must be a text");
    checkCount("evaluated", evaluated);
    checkCount("matched", matched);
    return { label, evaluated, matched, redacted: (keys) => redactText(label, keys) };
  });
  return toReport(total, matched, tallies);
}

class Report implements PredicateReport {
  readonly total_candidates: number;
  readonly matched: number;
  readonly clause_stats: readonly ClauseStats[];
  readonly #tallies: readonly ClauseTally[];

  constructor(total: number, matched: number, tallies: readonly ClauseTally[]) {
    this.total_candidates = total;
    this.matched = matched;
    this.clause_stats = merge(tallies);
    this.#tallies = tallies;
  }

  redactMetadata(keys: Iterable<string>): PredicateReport {
    const hidden = new Set(keys);
    const tallies = this.#tallies.map((tally) => {
      const label = tally.redacted(hidden);
      return label === tally.label ? tally : { ...tally, label, redacted: () => label };
    });
    return toReport(this.total_candidates, this.matched, tallies);
  }

  render(): string {
    const title = "predicate report";
    const { total_candidates: total, matched } = this;
    return [
      title,
      "-".repeat(title.length),
      `${matched} of ${total} candidates match (${percent(matched, total)})`,
      ...this.clause_stats.map(
        ({ label, evaluated, matched }) =>
          `${label}: ${matched} of ${evaluated} (${percent(matched, evaluated)})`,
      ),
    ].join("\n");
  }
}

function merge(tallies: readonly ClauseStats[]): readonly ClauseStats[] {
  const byLabel = new Map<string, ClauseStats>();
  for (const { label, evaluated, matched } of tallies) {
    const sum = byLabel.get(label) ?? { label, evaluated: 0, matched: 0 };
    byLabel.set(label, {
      label,
      evaluated: sum.evaluated + evaluated,
      matched: sum.matched + matched,
    });
  }
  return [...byLabel.values()].toSorted((a, b) => compareUtf8(a.label, b.label));
}

function percent(part: number, whole: number): string {
  return `${(whole === 0 ? 0 : (100 * part) / whole).toFixed(1)} %`;
}

function checkCount(name: string, value: unknown): void {
  if (typeof value === "number" && Number.isSafeInteger(value) && value >= 0) return;
  throw new TypeError(`${name} must be a whole number of at least 0, got ${String(value)}`);
}
