import { ComputeError, type ComputeFault } from "../errors.ts";
import type { CausalEvent, CausalLink } from "./causal-link.ts";
import { linkHash } from "./link-hash.ts";

/** Options of {@link verifyLink} and {@link verifyChain}. */
export interface VerifyOptions {
  /**
   * Parent hashes that stand for a known break, such as {@link syncSentinel}; default none. They are
   * accepted in place of the hash of the event before.
   */
  readonly sentinels?: readonly bigint[] | undefined;
}

/**
 * Checks that a link continues an event: same origin, next sequence, its hash as parent; in this
 * order.
 *
 * @throws {@link ComputeError} with kind `bad-link` and reason `origin`, `sequence` or `parent`.
 */
export function verifyLink(
  previous: CausalEvent,
  next: CausalLink,
  { sentinels = [] }: VerifyOptions = {},
): void {
  const { link } = previous;
  if (next.origin !== link.origin) {
    throw badLink("origin", `the chain is of ${link.origin}, the link of ${next.origin}`);
  }
  if (next.sequence !== link.sequence + 1) {
    throw badLink("sequence", `expected sequence ${link.sequence + 1}, got ${next.sequence}`);
  }
  if (next.parentHash !== linkHash(previous) && !sentinels.includes(next.parentHash)) {
    throw badLink("parent", `sequence ${next.sequence} names another event as its parent`);
  }
}

/**
 * Checks a run of events of one origin, each against the one before it. The first one is taken as
 * it is, but for a genesis, see {@link verifyAnchor}.
 *
 * @throws {@link ComputeError} with kind `bad-link`.
 */
export function verifyChain(events: Iterable<CausalEvent>, options?: VerifyOptions): void {
  let previous: CausalEvent | undefined;
  for (const event of events) {
    if (previous === undefined) verifyAnchor(event);
    else verifyLink(previous, event.link, options);
    previous = event;
  }
}

/**
 * Checks the first event that is heard of a chain. A genesis has no payload: otherwise whoever comes
 * first could anchor a chain with content of their own, which nothing before it vouches for. Nothing
 * but a genesis or the sentinel of a fork has sequence 0.
 *
 * @throws {@link ComputeError} with kind `bad-link` and reason `genesis`.
 */
export function verifyAnchor({ link, payload }: CausalEvent): void {
  if (link.sequence === 0 && payload.length > 0) {
    throw badLink("genesis", `a genesis has no payload, got ${payload.length} bytes`);
  }
  if (link.sequence !== 0 && link.parentHash === 0n) {
    throw badLink("genesis", `sequence ${link.sequence} has no parent`);
  }
}

/** A fault in a chain. */
export function badLink(reason: ComputeFault, message: string): ComputeError {
  return new ComputeError("bad-link", message, { reason });
}
