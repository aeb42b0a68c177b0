import type { RetryAction } from "@selvage/resilience";

import { isRpcError, type RpcError, type RpcErrorKind } from "../errors.ts";

/** What follows from a failed attempt. */
interface FailureRow {
  /** Without `retry`: on to another provider is all there is, and only if nothing was started. */
  readonly plain: RetryAction;
  /** With `retry`. What may have been started is repeated only if that is declared safe. */
  readonly retrying: RetryAction;
  /** The provider is avoided for a while. */
  readonly penalty: boolean;
  /** The service fails there, though the provider is alive and has room. */
  readonly trips?: true;
}

const final: FailureRow = { plain: "fail", retrying: "fail", penalty: false };

/**
 * Moves are for providers that are lost or refused the call, and are free; retries are for
 * overload, timeouts and crashes of a handler, and are counted.
 */
const failureTable: Readonly<Record<RpcErrorKind, FailureRow>> = {
  unavailable: { plain: "move", retrying: "move", penalty: true },
  draining: { plain: "move", retrying: "move", penalty: false },
  "not-found": { plain: "move", retrying: "move", penalty: false },
  backpressure: { plain: "move", retrying: "retry", penalty: true },
  timeout: { plain: "fail", retrying: "retry", penalty: true, trips: true },
  internal: { plain: "fail", retrying: "retry", penalty: false, trips: true },
  "no-route": final,
  application: final,
  "bad-request": final,
  "bad-response": { ...final, trips: true },
  incompatible: final,
  "idempotency-mismatch": final,
  denied: final,
  cancelled: final,
  "already-served": final,
  "message-too-large": final,
  closed: final,
};

/** What to do about a failed attempt. */
export function actionAfter(error: RpcError, retrying: boolean): RetryAction {
  const row = failureTable[error.kind];
  if (retrying) return row.retrying;
  return error.delivered === "never" ? row.plain : "fail";
}

/** What to do about one of a call that is only tried again at the process that it was made at. */
export function actionInPlace({ kind }: RpcError): RetryAction {
  return kind === "unavailable" || kind === "timeout" || kind === "backpressure" ? "retry" : "fail";
}

/** Whether the failure counts against its provider. */
export function isPenalised(error: unknown): boolean {
  return isRpcError(error) && failureTable[error.kind].penalty;
}

/**
 * What an outcome tells the breaker of a service at a provider: `ok` and the handler's own errors
 * that it works, failures of the handler that it does not; refusals, loss and cancellation nothing.
 */
export function breakerVerdict(outcome: string): "success" | "failure" | undefined {
  if (outcome === "ok" || outcome === "application") return "success";
  const row: FailureRow | undefined = Object.hasOwn(failureTable, outcome)
    ? failureTable[outcome as RpcErrorKind]
    : undefined;
  return row?.trips === true ? "failure" : undefined;
}
