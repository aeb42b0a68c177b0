/** What a set of samples comes down to. */
export interface Distribution {
  readonly count: number;
  readonly p50: number;
  readonly p95: number;
  readonly p99: number;
  readonly max: number;
}

/** Counters and distributions by name; a dot in a counter's name groups it. */
export type MetricsReport = Readonly<
  Record<string, number | Distribution | Readonly<Record<string, number>>>
>;

/** Everything that {@link Metrics} know, as plain data that goes from thread to thread. */
export interface MetricsData {
  readonly counters: ReadonlyMap<string, number>;
  readonly samples: ReadonlyMap<string, readonly number[]>;
}

/** What runs measure: counters and samples, added up over seeds. */
export class Metrics {
  readonly #counters: Map<string, number> = new Map();
  readonly #samples: Map<string, number[]> = new Map();

  /** A view of what was measured so far. */
  get data(): MetricsData {
    return { counters: this.#counters, samples: this.#samples };
  }

  count(name: string, by = 1): void {
    this.#counters.set(name, (this.#counters.get(name) ?? 0) + by);
  }

  sample(name: string, value: number): void {
    const known = this.#samples.get(name);
    if (known === undefined) this.#samples.set(name, [value]);
    else known.push(value);
  }

  /** Adds everything that another run measured. */
  merge({ counters, samples }: MetricsData): void {
    for (const [name, by] of counters) this.count(name, by);
    for (const [name, values] of samples) {
      for (const value of values) this.sample(name, value);
    }
  }

  /** Counters first, in the order of their names; then the distributions. */
  report(): MetricsReport {
    const report: Record<string, number | Distribution | Record<string, number>> = {};
    for (const name of [...this.#counters.keys()].toSorted()) {
      const value = this.#counters.get(name) ?? 0;
      const dot = name.indexOf(".");
      if (dot < 0) {
        report[name] = value;
        continue;
      }
      const group = (report[name.slice(0, dot)] ??= {});
      if (typeof group === "object") Object.assign(group, { [name.slice(dot + 1)]: value });
    }
    for (const name of [...this.#samples.keys()].toSorted()) {
      report[name] = distribution(this.#samples.get(name) ?? []);
    }
    return report;
  }
}

/** Quantiles by nearest rank, rounded to tenths. */
export function distribution(values: readonly number[]): Distribution {
  const sorted = values.toSorted((a, b) => a - b);
  const at = (share: number): number => {
    const value = sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)] ?? 0;
    return Math.round(value * 10) / 10;
  };
  return { count: sorted.length, p50: at(0.5), p95: at(0.95), p99: at(0.99), max: at(1) };
}
