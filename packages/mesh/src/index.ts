/**
 * One import for a node of the mesh: serve capabilities, find them, call them by name, and have the
 * call end well when a provider is lost.
 *
 * @packageDocumentation
 */
export { createMesh } from "./create-mesh.ts";
export type { Mesh, MeshConfig, MeshStats } from "./mesh.ts";
export type { MeshStatus } from "./status.ts";
export {
  ApplicationError,
  type CallContext,
  type CallEvent,
  type CallOptions,
  defineService,
  type Handler,
  isRpcError,
  RpcError,
  type RpcErrorKind,
  type ServedCallEvent,
  type ServeHandle,
  type ServeOptions,
  type ServiceCallOptions,
  type ServiceContract,
} from "@selvage/nrpc";
export { toPrometheus } from "@selvage/nrpc/observability";
export { isTransportError, type Peer, TransportError } from "@selvage/transport";
export { fromHex, type Logger, type NodeId, parseNodeId, toHex } from "@selvage/core";
export { generatePsk, Identity } from "@selvage/identity";
export {
  type CapabilityEntry,
  CapabilityError,
  type CapabilityFilter,
  type CapabilityQuery,
  type CapabilityRequirement,
  CapabilitySet,
  type CapabilityWatchEvent,
  isCapabilityError,
  type Predicate,
  type ScopeFilter,
  SubnetPolicy,
  where,
} from "@selvage/capability-index";

export {
  DEFAULT_LISTEN,
  DEFAULT_MAX_REDIAL_MS,
  DEFAULT_REDIAL_MS,
  DEFAULT_STATUS_BUFFER,
} from "./defaults.ts";
