/** What of a package is measured, and how large it may be. */
export interface Budget {
  /** Names to import. Default: everything. */
  readonly exports?: readonly string[];
  /** Bundled with its siblings, minified and compressed by `gzip -9`. */
  readonly bytes: number;
}

/** Only packages that people embed for their own sake have one: Selvage is a server stack. */
export const budgets: Readonly<Record<string, Budget>> = {
  core: { bytes: 4_096 },
  resilience: {
    exports: [
      "retry",
      "hedge",
      "timeout",
      "CircuitBreaker",
      "Bulkhead",
      "rateLimit",
      "fallback",
      "compose",
    ],
    bytes: 6_144,
  },
};
