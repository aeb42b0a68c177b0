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
} from "./announcement/verifier.ts";

export {
  type ApplyOutcome,
  type CapabilityChange,
  CapabilityIndex,
  type CapabilityIndexConfig,
  type CapabilityIndexParts,
  type CapabilityIndexStats,
  type CapabilityQuery,
} from "./index/capability-index.ts";
export { Announcer, type AnnouncerConfig, type AnnouncerParts } from "./spreading/announcer.ts";
export { MAX_NEIGHBOURS, Neighbours, type NeighboursParts } from "./spreading/neighbours.ts";
export { ANNOUNCEMENT_PROTOCOL } from "./spreading/peer-feed.ts";
export type { CapabilityEntry } from "./index/entry.ts";
export type { StoredAnnouncement } from "./index/known.ts";

export {
  DEFAULT_MAX_ENTRIES,
  DEFAULT_TTL_SECONDS,
  MAX_ADDRESS_BYTES,
  MAX_ADDRESSES,
  MAX_ANNOUNCEMENT_BYTES,
  MAX_GRANTS,
  MAX_HOPS,
  MAX_METADATA_BYTES,
  MAX_METADATA_KEYS,
  MAX_TAG_BYTES,
  MAX_TAGS,
  MAX_TTL_SECONDS,
  MAX_WALL_CLOCK_SKEW_MS,
  MIN_TTL_SECONDS,
  VERSION_MEMORY_MS,
} from "./defaults.ts";
export {
  CapabilityError,
  type CapabilityErrorKind,
  capabilityErrorKinds,
  isCapabilityError,
} from "./errors.ts";
