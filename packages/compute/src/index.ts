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
export { type OriginTag, originTag } from "./causal/origin-tag.ts";
export { verifyAnchor, verifyChain, verifyLink, type VerifyOptions } from "./causal/verify.ts";
export { readEvents, type ReadEvents, writeEvents, type WrittenEvents } from "./causal/framing.ts";
export { arePotentiallyConcurrent, horizonMayContain, ObservedHorizon } from "./causal/horizon.ts";
export { EntityLog, type EntityLogConfig } from "./causal/entity-log.ts";

export {
  type RecoveryHandler,
  RecoveryRegistry,
  type RecoveryRegistryConfig,
} from "./recovery/recovery-registry.ts";

export { DEFAULT_MAX_LOG_EVENTS, MAX_FRAME_BYTES, MAX_HORIZON_ORIGINS } from "./defaults.ts";
export {
  ComputeError,
  type ComputeErrorKind,
  computeErrorKinds,
  type ComputeErrorOptions,
  type ComputeFault,
  isComputeError,
} from "./errors.ts";
