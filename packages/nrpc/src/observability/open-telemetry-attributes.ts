import { rpcStatus } from "../status.ts";
import type { OtelAttributes } from "./open-telemetry-api.ts";

/** What the semantic conventions call this kind of calls. */
export const RPC_SYSTEM = "nrpc";

/**
 * How a call ended, after OpenTelemetry's semantic conventions for RPC: the status under gRPC's
 * name, where there is one, and the kind of error.
 */
export function outcomeAttributes(outcome: string): OtelAttributes {
  const grpc = grpcName(outcome);
  return {
    ...(grpc !== undefined && { "rpc.response.status_code": grpc }),
    ...(outcome !== "ok" && { "error.type": outcome }),
  };
}

/**
 * Whether an outcome is the provider's failure and not its caller's: as the conventions have it for
 * gRPC, where `denied` or `bad-request` leave the span of a server without an error.
 */
export function isServerError(outcome: string): boolean {
  return outcome === "unavailable" || SERVER_ERRORS.has(grpcName(outcome) ?? "");
}

const SERVER_ERRORS: ReadonlySet<string> = new Set([
  "UNKNOWN",
  "DEADLINE_EXCEEDED",
  "UNIMPLEMENTED",
  "INTERNAL",
  "UNAVAILABLE",
]);

const grpcNames: ReadonlyMap<string, string> = new Map(
  Object.entries(rpcStatus).map(([status, { grpc }]) => [status, grpc]),
);

function grpcName(outcome: string): string | undefined {
  return grpcNames.get(outcome);
}
