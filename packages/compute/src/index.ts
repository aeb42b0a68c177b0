/**
 * Stateful daemons that survive their node: causal chains, snapshots, placement and recovery.
 *
 * @packageDocumentation
 */
export { CausalChain } from "./causal/causal-chain.ts";
export {
  CAUSAL_LINK_BYTES,
  type CausalEvent,
  type CausalLink,
  decodeLink,
  encodeLink,
  isGenesis,
} from "./causal/causal-link.ts";
export { forkSentinel, linkHash, syncSentinel } from "./causal/link-hash.ts";
export { respawnSentinel } from "./causal/respawn-sentinel.ts";
export { type OriginTag, originTag } from "./causal/origin-tag.ts";
export { verifyAnchor, verifyChain, verifyLink, type VerifyOptions } from "./causal/verify.ts";
export { readEvents, type ReadEvents, writeEvents, type WrittenEvents } from "./causal/framing.ts";
export { arePotentiallyConcurrent, horizonMayContain, ObservedHorizon } from "./causal/horizon.ts";
export { EntityLog, type EntityLogConfig } from "./causal/entity-log.ts";

export type {
  DaemonControl,
  DaemonFactory,
  DaemonHealth,
  DaemonState,
  MeshDaemon,
} from "./daemon/mesh-daemon.ts";
export type { DaemonEvent, StoredEvent } from "./daemon/daemon-event.ts";
export { EventProducer, type EventProducerConfig } from "./daemon/event-producer.ts";
export {
  DaemonHost,
  type DaemonHostParts,
  type DaemonStats,
  type DeliverOptions,
} from "./daemon/daemon-host.ts";
export type { DaemonHostConfig } from "./daemon/host-config.ts";
export type { AppliedEvent, DaemonLag, Delivery, Outcome } from "./daemon/delivery.ts";
export type { EventIdentity, ProducerTableStats } from "./daemon/producer-table.ts";
export { compareTerms, NO_TERM, type Term } from "./daemon/term.ts";
export { coordinatorIdOf } from "./daemon/coordinator-id.ts";

export {
  comparePositions,
  type SnapshotPosition,
  type StateSnapshot,
} from "./snapshot/state-snapshot.ts";
export { encodeSnapshot, SNAPSHOT_VERSION } from "./snapshot/encode-snapshot.ts";
export { decodeSnapshot, type DecodeSnapshotOptions } from "./snapshot/decode-snapshot.ts";
export type { SnapshotStore } from "./snapshot/snapshot-store.ts";
export {
  MemorySnapshotStore,
  type MemorySnapshotStoreConfig,
} from "./snapshot/memory-snapshot-store.ts";
export {
  SnapshotKeeper,
  type SnapshotKeeperParts,
  type SnapshotKeeperStats,
  type SnapshotPolicy,
} from "./snapshot/snapshot-keeper.ts";

export { DaemonRegistry, type DaemonRegistryConfig } from "./registry/daemon-registry.ts";
export type { DaemonLifecycleEvent, DaemonLifecycleObserver } from "./registry/lifecycle.ts";
export {
  type ConstructedDaemon,
  DaemonFactoryRegistry,
  type FactoryEntry,
} from "./registry/daemon-factory-registry.ts";
export { DaemonBindings, type SubscriptionBinding } from "./registry/daemon-bindings.ts";

export {
  DaemonRuntime,
  type DaemonRuntimeParts,
  type RuntimeService,
  type RuntimeState,
  type SpawnConfig,
} from "./runtime/daemon-runtime.ts";
export type { DaemonHandle } from "./runtime/daemon-handle.ts";

export { Scheduler, type SchedulerParts } from "./scheduler/scheduler.ts";
export { type PlacementRequest, requestFor } from "./scheduler/placement-request.ts";
export type {
  ConsideredNode,
  PlacementDecision,
  PlacementReason,
} from "./scheduler/placement-decision.ts";

export {
  type KnownMembers,
  StandbyGroup,
  type StandbyGroupConfig,
  type StandbyGroupParts,
  type StandbyGroupStatus,
} from "./standby/standby-group.ts";
export type { Promoted } from "./standby/promotion.ts";
export type { StandbyConfig, StandbyMode } from "./standby/standby-settings.ts";
export type { SlotHealth, StandbySlot } from "./standby/standby-slots.ts";
export type {
  InstanceId,
  MemberPlace,
  StandbyDetails,
  StandbyRole,
} from "./standby/standby-messages.ts";
export type { History, TermStart } from "./standby/history.ts";
export type {
  PlacedDetails,
  ReceivedReport,
  StandbyHostOptions,
  StandbyHosts,
} from "./standby/standby-hosts.ts";
export { commandedHosts, type CommandedHostsParts } from "./standby/commanded-hosts.ts";
export {
  STANDBY_PROGRAM,
  standbyProgram,
  type StandbyProgramParts,
} from "./standby/standby-program.ts";
export type { StandbyMember } from "./standby/standby-member.ts";
export type { DivergedEntry, DivergedReport } from "./standby/diverged-report.ts";
export type {
  TermAuthority,
  TermAuthorityOptions,
  TermRecord,
  VersionedRecord,
} from "./standby/term-authority.ts";
export { MemoryTermAuthority } from "./standby/memory-term-authority.ts";

export {
  type RecoveryHandler,
  RecoveryRegistry,
  type RecoveryRegistryConfig,
} from "./recovery/recovery-registry.ts";
export type { UnhealthySlotRecovery } from "./recovery/unhealthy-slot-recovery.ts";

export {
  type GroupId,
  groupIdOf,
  groupKeyOf,
  isGroupId,
  parseGroupId,
} from "./hosting/group-id.ts";
export type { MemberRef } from "./hosting/member-ref.ts";
export type { HostCommand, HostCommandKind, SignedCommand } from "./hosting/host-command.ts";
export { certifyDelegate, type Delegation, readCertificate } from "./hosting/delegation.ts";
export { CommandSigner } from "./hosting/command-signer.ts";
export {
  type CommandRequest,
  GroupCommander,
  type GroupCommanderParts,
  type InstanceRef,
} from "./hosting/group-commander.ts";
export type {
  HostCallOptions,
  MemberDelivery,
  MemberHost,
  MemberMessage,
} from "./hosting/member-host.ts";
export type { HostStatus, MemberStatus } from "./hosting/host-status.ts";
export type { KeptReport } from "./hosting/reports-codec.ts";
export type { SpawnOrder } from "./hosting/spawn-order.ts";
export {
  type AllowedGroups,
  LocalMemberHost,
  type LocalMemberHostConfig,
  type LocalMemberHostParts,
} from "./hosting/local-member-host.ts";
export type {
  HostedMember,
  MemberCaller,
  MemberEnd,
  MemberParts,
  MemberProgram,
} from "./hosting/hosted-member.ts";
export { RemoteMemberHost, type RemoteMemberHostConfig } from "./hosting/remote-member-host.ts";
export { RoutedMemberHost, type RoutedMemberHostParts } from "./hosting/routed-member-host.ts";
export { serveMemberHost, type ServeMemberHostConfig } from "./hosting/serve-member-host.ts";
export type { HostingMesh } from "./hosting/hosting-mesh.ts";

export type { RequestContext } from "./balancing/request-context.ts";
export type { EndpointHealth, EndpointStats, EndpointTraits } from "./balancing/endpoint.ts";
export type { BalancingStrategyName } from "./balancing/strategy.ts";
export {
  LoadBalancer,
  type LoadBalancerConfig,
  type LoadBalancerParts,
  type Reservation,
} from "./balancing/load-balancer.ts";

export type { GroupConfig, GroupParts } from "./groups/group-parts.ts";
export type { MemberPlacement, SpreadRule } from "./groups/node-chooser.ts";
export type { GroupHealth, GroupMember, SlotState } from "./groups/slot-table.ts";
export type { GroupFailure } from "./groups/placement-failure.ts";
export type { RoutedDelivery, RoutedMember } from "./groups/member-router.ts";
export type { MemberGroup } from "./groups/member-group.ts";
export { ReplicaGroup, type ReplicaGroupConfig, replicaSeed } from "./groups/replica-group.ts";
export { ForkGroup, type ForkGroupConfig, type ForkGroupParts } from "./groups/fork-group.ts";
export {
  decodeForkRecord,
  encodeForkRecord,
  FORK_RECORD_BYTES,
  type ForkRecord,
  verifyForkRecord,
} from "./groups/fork-record.ts";

export {
  ADAPTIVE_HIGH_LOAD,
  DEFAULT_AUTO_SNAPSHOT_INTERVAL,
  DEFAULT_CIRCUIT_FAILURES,
  DEFAULT_CIRCUIT_OPEN_MS,
  DEFAULT_FENCE_MEMORY_MS,
  DEFAULT_HOST_DEADLINE_MS,
  DEFAULT_LAG_THRESHOLD_MS,
  DEFAULT_LEASE_MS,
  DEFAULT_MAX_CONNECTIONS,
  DEFAULT_MAX_EVENT_BYTES,
  DEFAULT_MAX_HOSTED_GROUPS,
  DEFAULT_MAX_LOG_ENTRIES,
  DEFAULT_MAX_LOG_EVENTS,
  DEFAULT_MAX_OUTCOMES_PER_PRODUCER,
  DEFAULT_MAX_OUTCOME_BYTES,
  DEFAULT_MAX_OUTPUT_BYTES,
  DEFAULT_MAX_PRODUCERS,
  DEFAULT_MAX_STANDBY_BYTES,
  DEFAULT_MAX_STANDBY_EVENTS,
  DEFAULT_MAX_STATE_BYTES,
  DEFAULT_MAX_STORED_ENTITIES,
  DEFAULT_MAX_TRANSFER_BYTES,
  DEFAULT_PLACEMENT_COOLDOWN_MS,
  DEFAULT_PLACEMENT_DEADLINE_MS,
  DEFAULT_SATURATION_STEP,
  DEFAULT_STATUS_TIMEOUT_MS,
  DEFAULT_STORE_RETRY_MS,
  DEFAULT_STORE_TIMEOUT_MS,
  MAX_BINDINGS,
  MAX_BINDINGS_BYTES,
  MAX_BINDING_TOKEN_BYTES,
  MAX_CHANNEL_NAME_BYTES,
  MAX_CONSIDERED_NODES,
  MAX_EVENT_SEED_BYTES,
  MAX_FRAME_BYTES,
  MAX_GROUP_FAILURES,
  MAX_GROUP_SLOTS,
  MAX_HISTORY_TERMS,
  MAX_HORIZON_BYTES,
  MAX_HORIZON_ORIGINS,
  MAX_KEPT_REPORTS,
  MAX_KEPT_REPORT_BYTES,
  MAX_MEMBER_MESSAGE_BYTES,
  MAX_OUTCOMES_PER_PRODUCER,
  MAX_OUTCOME_BYTES,
  MAX_OUTPUTS,
  MAX_PLACEMENT_ATTEMPTS,
  MAX_PRODUCERS,
  MAX_PRODUCER_TABLE_BYTES,
  MAX_RECOVERIES_PER_CALL,
  MAX_ROUTE_ATTEMPTS,
  MAX_STATE_BYTES,
  MAX_STORED_ENTRIES,
  MAX_STORE_BATCH_BYTES,
  MAX_STORE_BATCH_EVENTS,
  MAX_STORE_RETRY_MS,
  MAX_TRANSFER_PART_BYTES,
  RING_POINTS_PER_ENDPOINT,
} from "./defaults.ts";
export {
  ComputeError,
  type ComputeErrorKind,
  computeErrorKinds,
  type ComputeErrorOptions,
  type ComputeFault,
  isComputeError,
  type SeenAuthority,
} from "./errors.ts";
