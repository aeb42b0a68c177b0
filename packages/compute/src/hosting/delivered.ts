import type { Delivered } from "@selvage/core";

import { ComputeError, type ComputeErrorKind, isComputeError } from "../errors.ts";

/** Nobody knows, or something may be left of it. */
const MAYBE: ReadonlySet<ComputeErrorKind> = new Set<ComputeErrorKind>([
  "producer-expired",
  "outcome-expired",
  "restore-failed",
  "timeout",
  "host-unreachable",
]);

/**
 * An error of this package that says whether what was asked may have been done; any other one as it
 * is. What fails here as a rule leaves nothing behind.
 */
export function sayingDelivered(error: unknown): unknown {
  if (!isComputeError(error) || error.delivered !== undefined) return error;
  const { kind, reason, retryable, seen } = error;
  const delivered: Delivered = MAYBE.has(kind) ? "maybe" : "never";
  const message = error.message.replace(`[${kind}] `, "");
  return new ComputeError(kind, message, { cause: error, reason, retryable, seen, delivered });
}
