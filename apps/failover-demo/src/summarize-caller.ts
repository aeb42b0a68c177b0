import type { Clock, NodeId } from "@selvage/core";
import type { Mesh } from "@selvage/mesh";
import { type CallOptions, isRpcError, type ServiceCallOptions } from "@selvage/nrpc";

import type { Mode } from "./options.ts";
import type { Role } from "./roles.ts";
import { splitSentences } from "./summarize/sentences.ts";
import { summarizeService } from "./summarize/service.ts";

/** How many sentences a summary has. */
export const SUMMARY_SENTENCES = 3;
/** Deadline of a call, in milliseconds: what a caller without failover waits for in vain. */
export const CALL_DEADLINE_MS = 5_000;
/** Deadline of the call to a node that is gone, in milliseconds. */
export const PINNED_DEADLINE_MS = 1_000;

/** What became of one call. Times are the clock's. */
export interface CallResult {
  readonly startedAt: number;
  readonly endedAt: number;
  /** Who answered. */
  readonly answeredBy: Role | undefined;
  readonly sentences: readonly string[];
  /** The answer is a summary of the text: sentences of it, and not more than asked for. */
  readonly isValid: boolean;
  /** The kind of the error, if it failed. */
  readonly failure: string | undefined;
}

const MODE_OPTIONS: Readonly<Record<Mode, ServiceCallOptions>> = {
  retry: { retry: true },
  hedge: { retry: true, hedge: true },
  plain: {},
};

/** Has the text summed up, by whoever offers it or by one node. Failures are results. */
export class SummarizeCaller {
  readonly #mesh: Mesh;
  readonly #clock: Clock;
  readonly #text: string;
  readonly #options: ServiceCallOptions;
  readonly #sentencesOfText: ReadonlySet<string>;

  constructor(mesh: Mesh, clock: Clock, text: string, mode: Mode) {
    this.#mesh = mesh;
    this.#clock = clock;
    this.#text = text;
    this.#options = { ...MODE_OPTIONS[mode], deadlineMs: CALL_DEADLINE_MS };
    this.#sentencesOfText = new Set(splitSentences(text));
  }

  /** By service name: the mesh finds a provider, and another one if need be. */
  byName(more: CallOptions = {}): Promise<CallResult> {
    return this.#measure(more.signal, () =>
      this.#mesh.callService(summarizeService, this.#request, { ...this.#options, ...more }),
    );
  }

  /** Pinned to a node: if that one is gone, so is the call. */
  byNode(nodeId: NodeId, more: CallOptions = {}): Promise<CallResult> {
    return this.#measure(more.signal, () =>
      this.#mesh.callNode(nodeId, summarizeService, this.#request, {
        deadlineMs: PINNED_DEADLINE_MS,
        ...more,
      }),
    );
  }

  get #request(): { readonly text: string; readonly sentences: number } {
    return { text: this.#text, sentences: SUMMARY_SENTENCES };
  }

  async #measure(
    signal: AbortSignal | undefined,
    call: () => Promise<{ readonly provider: Role; readonly sentences: readonly string[] }>,
  ): Promise<CallResult> {
    const startedAt = this.#clock.now();
    try {
      const { provider, sentences } = await call();
      const endedAt = this.#clock.now();
      const isValid = this.#isSummary(sentences);
      return { startedAt, endedAt, answeredBy: provider, sentences, isValid, failure: undefined };
    } catch (error) {
      // What the caller cancels fails with the reason that it gave.
      const isCancelled = signal?.aborted === true && error === signal.reason;
      if (!isCancelled && !isRpcError(error)) throw error;
      return {
        startedAt,
        endedAt: this.#clock.now(),
        answeredBy: undefined,
        sentences: [],
        isValid: false,
        failure: isRpcError(error) ? error.kind : "cancelled",
      };
    }
  }

  #isSummary(sentences: readonly string[]): boolean {
    return (
      sentences.length > 0 &&
      sentences.length <= SUMMARY_SENTENCES &&
      sentences.every((sentence) => this.#sentencesOfText.has(sentence))
    );
  }
}
