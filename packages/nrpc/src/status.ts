import type { RpcErrorKind } from "./errors.ts";

/**
 * How a provider answers: gRPC's meanings under the numbers of this protocol. A row's `kind` is
 * what the caller's {@link RpcError} says.
 */
export const rpcStatus = {
  ok: { code: 0, grpc: "OK" },
  "not-found": { code: 1, grpc: "NOT_FOUND" },
  denied: { code: 2, grpc: "PERMISSION_DENIED" },
  timeout: { code: 3, grpc: "DEADLINE_EXCEEDED" },
  backpressure: { code: 4, grpc: "RESOURCE_EXHAUSTED" },
  cancelled: { code: 5, grpc: "CANCELLED" },
  internal: { code: 6, grpc: "INTERNAL" },
  incompatible: { code: 7, grpc: "UNIMPLEMENTED" },
  draining: { code: 9, grpc: "UNAVAILABLE" },
  "idempotency-mismatch": { code: 10, grpc: "FAILED_PRECONDITION" },
  "message-too-large": { code: 11, grpc: "RESOURCE_EXHAUSTED" },
  "bad-request": { code: 0x8000, grpc: "INVALID_ARGUMENT" },
  application: { code: 0x8001, grpc: "UNKNOWN" },
} as const;

/** A name of {@link rpcStatus}. */
export type RpcStatus = keyof typeof rpcStatus;

/** gRPC's names for how calls fail, those kinds included that no provider answers. */
export const grpcStatusNames: Readonly<Record<RpcErrorKind, string>> = {
  "not-found": rpcStatus["not-found"].grpc,
  denied: rpcStatus.denied.grpc,
  timeout: rpcStatus.timeout.grpc,
  backpressure: rpcStatus.backpressure.grpc,
  cancelled: rpcStatus.cancelled.grpc,
  internal: rpcStatus.internal.grpc,
  incompatible: rpcStatus.incompatible.grpc,
  draining: rpcStatus.draining.grpc,
  "idempotency-mismatch": rpcStatus["idempotency-mismatch"].grpc,
  "message-too-large": rpcStatus["message-too-large"].grpc,
  "bad-request": rpcStatus["bad-request"].grpc,
  application: rpcStatus.application.grpc,
  "no-route": "UNAVAILABLE",
  unavailable: "UNAVAILABLE",
  closed: "UNAVAILABLE",
  "bad-response": "INTERNAL",
  "already-served": "ALREADY_EXISTS",
};

const byCode: ReadonlyMap<number, RpcStatus> = new Map(
  (Object.keys(rpcStatus) as RpcStatus[]).map((status) => [rpcStatus[status].code, status]),
);

/** The status of a number; one that we do not know means that something failed over there. */
export function statusOfCode(code: number): RpcStatus {
  return byCode.get(code) ?? "internal";
}
