/**
 * Who can do what: signed announcements of capabilities, and the local index that finds nodes by
 * them.
 *
 * @packageDocumentation
 */
export { CapabilitySet, type CapabilitySetParts } from "./capabilities/capability-set.ts";
export {
  AXES,
  type Axis,
  formatTag,
  parseTag,
  parseUserTag,
  type Tag,
  tagIdentity,
  type TagSeparator,
} from "./tags/tag.ts";
export { isReservedTag, RESERVED_TAG_PREFIXES } from "./tags/reserved-prefix.ts";
export { formatScopeTag, parseScopeTag, type ScopeTag } from "./tags/reserved/scope.ts";
export {
  type ChainTag,
  formatChainTag,
  formatForkTag,
  parseChainTag,
  parseForkTag,
} from "./tags/reserved/chain.ts";
export { formatHeatTag, type HeatTag, parseHeatTag } from "./tags/reserved/heat.ts";
export {
  GPU_VENDORS,
  type GpuInfo,
  type GpuVendor,
  type Hardware,
  type HardwareConfig,
} from "./capabilities/projections/hardware.ts";
export type {
  CapabilityLimits,
  CapabilityLimitsConfig,
} from "./capabilities/projections/limits.ts";
export type {
  Software,
  SoftwareConfig,
  Versions,
  VersionsConfig,
} from "./capabilities/projections/software.ts";
export type { Given } from "./capabilities/projections/record.ts";
export {
  MODALITIES,
  type Modality,
  type ModelCapability,
  type ModelConfig,
} from "./capabilities/projections/models.ts";
export type { ToolCapability, ToolConfig } from "./capabilities/projections/tools.ts";
export { assertCapabilities } from "./capabilities/assert-capabilities.ts";
export { authorisedHeat } from "./capabilities/authorised-heat.ts";
export { RESERVED_METADATA_KEYS, RESERVED_METADATA_PREFIXES } from "./capabilities/metadata.ts";
export { type CapabilityDiff, diffCapabilities, type MetadataChange } from "./capabilities/diff.ts";
export { validateCapabilities } from "./capabilities/validation/validate.ts";
export {
  isReportClean,
  isReportValid,
  type ValidationError,
  type ValidationReport,
  type ValidationWarning,
} from "./capabilities/validation/report.ts";
export {
  AXIS_SCHEMA,
  type AxisKeys,
  type AxisSchema,
  type KeyTypes,
  type NumberedKeys,
} from "./capabilities/validation/schema.ts";
export type { ValueType } from "./capabilities/projections/field.ts";

export {
  type MetadataConditions,
  type TagConditions,
  type TagPath,
  where,
  type Where,
} from "./predicate/where.ts";
export type { Condition, Joinable } from "./predicate/condition.ts";
export type { Predicate, PredicateLeaf, PredicateSubject, TagKey } from "./predicate/predicate.ts";
export { filterByPredicate, matchesPredicate } from "./predicate/matches.ts";
export { type CompiledPredicate, compilePredicate } from "./predicate/compile.ts";
export { type ClauseTrace, tracePredicate } from "./predicate/trace.ts";
export { debugPredicate } from "./predicate/debug.ts";
export {
  type ClauseStats,
  importPredicateReport,
  type PredicateReport,
  type PredicateReportParts,
} from "./predicate/report.ts";
export { encodePredicate, type PredicateWire, type PredicateWireNode } from "./predicate/wire.ts";
export { decodePredicate } from "./predicate/decode.ts";
export { readWhereHeader, WHERE_HEADER, whereHeader } from "./predicate/where-header.ts";
export { type PredicateFault, predicateFaults } from "./predicate/fault.ts";

export type { Artifact } from "./placement/artifact.ts";
export type {
  PlacementAxisName,
  PlacementExplanation,
  PlacementFactor,
  PlacementFilter,
  PlacementTargets,
  PlacementVeto,
} from "./placement/placement-filter.ts";
export {
  StandardPlacement,
  type StandardPlacementConfig,
  type StandardPlacementParts,
} from "./placement/standard-placement.ts";
export type { ConcentrationLookup } from "./placement/axes/anti-affinity.ts";
export type { ColocationPolicy } from "./placement/axes/colocation.ts";
export type { IntentPolicy } from "./placement/axes/intent.ts";
export type { RttLookup } from "./placement/axes/proximity.ts";
export type { ResourcePolicy } from "./placement/axes/resource.ts";
export { type Intent, IntentRegistry } from "./placement/intent-registry.ts";
export { SHIPPED_INTENTS } from "./placement/shipped-intents.ts";
export { PlacementRegistry } from "./placement/placement-registry.ts";
export {
  type PlacementRanking,
  type RankedPlacement,
  rankPlacements,
  type TieBreaks,
} from "./placement/rank.ts";

export {
  type Announcement,
  type AnnouncementConfig,
  createAnnouncement,
  encodeAnnouncement,
} from "./announcement/announcement.ts";
export {
  type AnnouncementDropReason,
  announcementDropReasons,
  type AnnouncementVerdict,
  AnnouncementVerifier,
  type AnnouncementVerifierParts,
  type AnnouncementVerifierStats,
  type NewerCandidate,
} from "./announcement/verifier.ts";

export {
  CapabilityIndex,
  type CapabilityIndexConfig,
  type CapabilityIndexParts,
} from "./index/capability-index.ts";
export type { ApplyOutcome, CapabilityChange, CapabilityIndexStats } from "./index/change.ts";
export type { CapabilityWatchEvent, WatchOptions } from "./index/watch-event.ts";
export type { CapabilityQuery } from "./query/capability-query.ts";
export { type CapabilityFilter, matchesFilter } from "./query/filter.ts";
export type { CapabilityRequirement } from "./query/requirement.ts";
export { type CapabilityScope, resolveScope, type ScopeFilter } from "./query/scope.ts";
export {
  compareSubnetIds,
  formatSubnetId,
  isSubnetAncestor,
  MAX_SUBNET_LEVEL_VALUE,
  parseSubnetId,
  ROOT_SUBNET,
  SUBNET_LEVELS,
  subnetId,
  type SubnetId,
  subnetLevels,
} from "./subnet/subnet-id.ts";
export { SubnetPolicy, type SubnetRule } from "./subnet/subnet-policy.ts";
export type { SubnetConfig } from "./subnet/own-subnet.ts";
export { isVisibleTo, type SubnetVisibility } from "./subnet/visibility.ts";
export {
  Announcer,
  type AnnouncerConfig,
  type AnnouncerParts,
  type AnnouncerStats,
} from "./spreading/announcer.ts";
export { ANNOUNCEMENT_PROTOCOL } from "./spreading/feeds.ts";
export type { AnnounceOptions, IdentityInUse } from "./spreading/publisher.ts";
export { type CapabilityEntry, mayUse } from "./index/entry.ts";
export type { StoredAnnouncement } from "./index/known.ts";

export {
  COLOCATION_MISS_SCORE,
  CROWDED_CONCENTRATION,
  CROWDED_SCORE,
  DEFAULT_MAX_ENTRIES,
  DEFAULT_MAX_WATCHERS,
  DEFAULT_RANKED_NEIGHBOURS,
  DEFAULT_TTL_SECONDS,
  MAX_ADDRESS_BYTES,
  MAX_ADDRESSES,
  MAX_ALLOWED_NODES,
  MAX_ANNOUNCEMENT_BYTES,
  MAX_BLOB_HEAT_TAGS,
  MAX_EVALUATED_NODES,
  MAX_GRANTS,
  MAX_HOPS,
  MAX_METADATA_BYTES,
  MAX_METADATA_KEYS,
  MAX_PREDICATE_DEPTH,
  MAX_PREDICATE_HEADER_BYTES,
  MAX_PREDICATE_NODES,
  MAX_RANKED_NEIGHBOURS,
  MAX_TAG_BYTES,
  MAX_TAGS,
  MAX_TTL_SECONDS,
  MAX_WALL_CLOCK_SKEW_MS,
  METADATA_SOFT_CAP_BYTES,
  MIN_TTL_SECONDS,
  VERSION_MEMORY_MS,
} from "./defaults.ts";
export {
  CapabilityError,
  type CapabilityErrorKind,
  type CapabilityErrorOptions,
  capabilityErrorKinds,
  isCapabilityError,
} from "./errors.ts";
