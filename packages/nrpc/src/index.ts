/**
 * Typed calls by service name or node id: deadlines, cancellation, balancing and failover, each
 * call one stream of `@selvage/transport`.
 *
 * @packageDocumentation
 */
export {
  type AnyContract,
  type CallInput,
  type CallOutput,
  defineService,
  type HandlerRequestOf,
  type HandlerResponseOf,
  type RequestOf,
  type ResponseOf,
  type ServiceContract,
  type ServiceDefinition,
} from "./contract.ts";

export { RpcServer } from "./server/server.ts";
export type { RpcServerParts } from "./server/served-service.ts";
export type {
  CallContext,
  Handler,
  HandlerInput,
  HandlerOutput,
  ServeHandle,
  ServeOptions,
} from "./server/handler.ts";
export type { AllowedCallers, Caller } from "./server/caller.ts";
export {
  MemoryReplayStore,
  type MemoryReplayStoreConfig,
  type MemoryReplayStoreStats,
} from "./server/memory-replay-store.ts";
export type { ReplayClaim, ReplayStore } from "./server/replay-store.ts";
export { type AmbientContext, createAmbientContext } from "./ambient-context.ts";
export type { CallShape } from "./call-shape.ts";
export { RpcClient, type RpcClientParts, type ServiceClient } from "./client/client.ts";
export type { PenaltyStats, ProviderStats, RpcClientStats } from "./client-stats.ts";
export { Directory, type ProviderQuery } from "./selection/directory.ts";
export type { Provider } from "./selection/provider.ts";
export { serviceKey, serviceTag, formatOffer, type ServiceOffer } from "./service-tags.ts";
export { bytesCodec, jsonCodec, type Codec } from "./codec.ts";

export type {
  CallHedgeOptions,
  CallOptions,
  CallRetryOptions,
  ServiceCallOptions,
} from "./client/call-options.ts";
export type { SelectionPolicy } from "./selection/selector.ts";
export type { AttemptAction, AttemptRecord, CallEvent, CallStart } from "./client/call-event.ts";
export type { ServedCallEvent, ServedCallStart } from "./observability/served-call.ts";
export type {
  AttemptSpan,
  CallSpan,
  CallTracer,
  ServedSpan,
  TraceContext,
} from "./observability/call-tracer.ts";
export {
  DEFAULT_DEADLINE_MS,
  DEFAULT_EXPLORATION_SHARE,
  DEFAULT_LATENCY_DECAY_MS,
  DEFAULT_LATENCY_STALE_MS,
  DEFAULT_MAX_BODY_BYTES,
  DEFAULT_MAX_IN_FLIGHT,
  DEFAULT_MAX_PENALTY_MS,
  DEFAULT_MOVE_JITTER_MS,
  DEFAULT_PENALTY_MEMORY_MS,
  DEFAULT_PENALTY_MS,
  DEFAULT_PRIORITY,
  DEFAULT_QUEUE,
  DEFAULT_RACE_DELAY_MS,
  DEFAULT_RAMP_MS,
  DEFAULT_RAMP_START,
  DEFAULT_REPLAY_BUFFER_BYTES,
  DEFAULT_REPLAY_BYTES,
  DEFAULT_REPLAY_ENTRIES,
  DEFAULT_REPLAY_TTL_MS,
  DEFAULT_WARM_CANDIDATES,
  DEFAULT_WARM_MS,
  DEFAULT_WARM_SERVICES,
  DEFAULT_WEIGHT,
  MAX_IDEMPOTENCY_KEY_LENGTH,
  NRPC_PROTOCOL,
} from "./defaults.ts";

export {
  ApplicationError,
  type ApplicationErrorOptions,
  isRpcError,
  RpcError,
  rpcErrorKinds,
  type RpcErrorKind,
  type RpcErrorOptions,
} from "./errors.ts";
export { grpcStatusNames, rpcStatus, type RpcStatus } from "./status.ts";
