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

const byCode: ReadonlyMap<number, RpcStatus> = new Map(
  (Object.keys(rpcStatus) as RpcStatus[]).map((status) => [rpcStatus[status].code, status]),
);

/** The status of a number; one that we do not know means that something failed over there. */
export function statusOfCode(code: number): RpcStatus {
  return byCode.get(code) ?? "internal";
}
