import type { CryptoProvider } from "@selvage/identity";

import type { MetricsData } from "./metrics.ts";

/** Something that must hold in every run, and did not. */
export interface Violation {
  /** A key of {@link Scenario.rules}. */
  readonly rule: string;
  /** Virtual milliseconds since the start of the run. */
  readonly atMs: number;
  readonly message: string;
}

/** A bug that a scenario can be run with, to show that its rules notice. */
export interface PlantedBug {
  readonly name: string;
  readonly meaning: string;
  /** The rule that it breaks. */
  readonly breaks: string;
}

/** What one run is a pure function of. */
export interface ScenarioRun {
  readonly seed: number;
  /** Which implementation does the crypto; it must make no difference. */
  readonly crypto: CryptoProvider;
  /** The name of one of {@link Scenario.plants}. Default: none. */
  readonly plant?: string | undefined;
  /** Newest trace lines to keep. Default 0. */
  readonly traceLines?: number | undefined;
}

/** What one run showed: plain data. */
export interface SeedResult {
  readonly seed: number;
  /** Virtual milliseconds that passed. */
  readonly virtualMs: number;
  /** Faults that happened to machines and links. */
  readonly faults: number;
  /** Turns of nodes. */
  readonly steps: number;
  readonly violations: readonly Violation[];
  readonly traceHash: string;
  readonly traceTail: readonly string[];
  readonly metrics: MetricsData;
}

/** A story that is told with many seeds, and the rules that must hold in each telling. */
export interface Scenario {
  readonly name: string;
  readonly summary: string;
  /** Rule → what it says. */
  readonly rules: Readonly<Record<string, string>>;
  readonly plants: readonly PlantedBug[];
  run(run: ScenarioRun): Promise<SeedResult>;
}
