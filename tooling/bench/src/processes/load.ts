/** What came of a load. */
export interface LoadResult {
  /** Calls that were answered, or messages that were counted at the other end. */
  readonly count: number;
  readonly elapsedMs: number;
  /** How long single calls took; only where each was waited for. */
  readonly latency?: Latency;
}

/** A distribution, in milliseconds. */
export interface Latency {
  readonly medianMs: number;
  readonly p99Ms: number;
}

/** Puts a client under load for about so many milliseconds. */
export type Load = (ms: number) => Promise<LoadResult>;

/** What a client can be asked to do, by name. */
export type Loads = Readonly<Record<string, Load>>;
