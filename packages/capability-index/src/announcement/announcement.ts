import { copyBytes, fromHex, type NodeId, toHex } from "@selvage/core";
import {
  type EntityId,
  type Identity,
  nobleProvider,
  parseEntityId,
  signatureInput,
} from "@selvage/identity";

import { CapabilitySet } from "../capabilities/capability-set.ts";
import {
  DEFAULT_TTL_SECONDS,
  MAX_ANNOUNCEMENT_BYTES,
  MAX_HOPS,
  VERSION_MEMORY_MS,
} from "../defaults.ts";
import { CapabilityError } from "../errors.ts";
import { encodeAnnouncementBody, encodeSignedAnnouncement } from "../wire/announcement.gen.ts";
import { bodyFault } from "./body-rules.ts";

/** Separates signatures of announcements from all others. */
const SIGNATURE_LABEL = "selvage-announcement-v1";
/** Length of what stands for a body, or a table, in comparisons. */
export const DIGEST_BYTES = 8;

/** What a node says of itself, signed: the bytes, and what they say. */
export interface Announcement {
  readonly nodeId: NodeId;
  readonly entityId: EntityId;
  /** The process that signed it, in hexadecimal. */
  readonly bootId: string;
  /** Higher replaces lower. */
  readonly version: number;
  /** Wall time of signing, in milliseconds since 1970. */
  readonly wallMs: number;
  readonly ttlSeconds: number;
  /** Whether it takes back what the node announced before. */
  readonly tombstone: boolean;
  readonly capabilities: CapabilitySet;
  /** Where the node can be dialled. */
  readonly addresses: readonly string[];
  /** Permission tokens, opaque here. */
  readonly grants: readonly Uint8Array[];
  /** Who may use what is announced; empty: everybody. */
  readonly allowedNodes: readonly NodeId[];
  /** The signed bytes as they were received: they are passed on, never encoded anew. */
  readonly body: Uint8Array;
  readonly signature: Uint8Array;
  /** Nodes it went through. */
  readonly hopCount: number;
  /** How long its holders had kept it when it arrived, in milliseconds. */
  readonly ageMs: number;
  /** Eight bytes that stand for the body when two tables are compared. */
  readonly digest: Uint8Array;
}

/** What {@link createAnnouncement} is told. */
export interface AnnouncementConfig {
  /** 16 bytes in hexadecimal, drawn at process start. */
  readonly bootId: string;
  /** A whole number above every version announced before. */
  readonly version: number;
  /** Wall time now, in milliseconds since 1970. */
  readonly wallMs: number;
  /** 30 to 900 seconds; default {@link DEFAULT_TTL_SECONDS}. */
  readonly ttlSeconds?: number | undefined;
  /** Default: none. */
  readonly capabilities?: CapabilitySet | undefined;
  /** Default: none. */
  readonly addresses?: readonly string[] | undefined;
  /** Default: none. */
  readonly grants?: readonly Uint8Array[] | undefined;
  /** Who may use what is announced, at most 64. Default: everybody. */
  readonly allowedNodes?: readonly NodeId[] | undefined;
  /** Takes back what was announced before; default false. */
  readonly tombstone?: boolean | undefined;
}

/**
 * Signs an announcement.
 *
 * @throws RangeError when a field is not as receivers demand.
 * @throws {@link CapabilityError} with kind `oversize` when the whole is too large for receivers.
 */
export function createAnnouncement(
  identity: Identity,
  {
    bootId,
    version,
    wallMs,
    ttlSeconds = DEFAULT_TTL_SECONDS,
    capabilities = CapabilitySet.empty,
    addresses = [],
    grants = [],
    allowedNodes = [],
    tombstone = false,
  }: AnnouncementConfig,
): Announcement {
  const fields = {
    entityId: identity.entityId,
    bootId: fromHex(bootId),
    version,
    wallMs,
    ttlSeconds,
    tombstone,
    tags: capabilities.tags,
    metadata: Array.from(capabilities.metadata, ([key, value]) => ({ key, value })),
    addresses,
    grants,
    allowedNodes: allowedNodes.map((nodeId) => fromHex(nodeId)),
  };
  const fault = bodyFault(fields);
  if (fault !== undefined) throw new RangeError(fault.message);
  const body = encodeAnnouncementBody(fields);
  const announcement: Announcement = {
    nodeId: identity.nodeId,
    entityId: parseEntityId(fields.entityId),
    bootId: toHex(fields.bootId),
    version,
    wallMs,
    ttlSeconds,
    tombstone,
    capabilities,
    addresses: [...addresses],
    grants: grants.map((grant) => copyBytes(grant)),
    allowedNodes: [...allowedNodes],
    body,
    signature: identity.sign(announcementSignatureInput(body)),
    hopCount: 0,
    ageMs: 0,
    digest: announcementDigest(body),
  };
  // As long as it gets on its way, so that no receiver finds it too long.
  const length = encodeAnnouncement({ ...announcement, hopCount: MAX_HOPS, ageMs: 1 }).length;
  if (length > MAX_ANNOUNCEMENT_BYTES) {
    throw new CapabilityError(
      "oversize",
      `an announcement has at most ${MAX_ANNOUNCEMENT_BYTES} bytes, got ${length}`,
    );
  }
  return announcement;
}

/**
 * How long an announcement counts after its signing, in milliseconds. A tombstone counts until
 * nothing it took back can be alive.
 */
export function lifetimeMs({
  tombstone,
  ttlSeconds,
}: Pick<Announcement, "tombstone" | "ttlSeconds">): number {
  return tombstone ? VERSION_MEMORY_MS : ttlSeconds * 1000;
}

/** An announcement on its way, as the next node verifies it. */
export function encodeAnnouncement({
  body,
  signature,
  hopCount,
  ageMs,
}: Pick<Announcement, "body" | "signature" | "hopCount" | "ageMs">): Uint8Array {
  return encodeSignedAnnouncement({ body, signature, hopCount, ageMs });
}

/** The bytes that the signature of a body covers. */
export function announcementSignatureInput(body: Uint8Array): Uint8Array {
  return signatureInput(SIGNATURE_LABEL, body);
}

/** Eight bytes that stand for a body. */
export function announcementDigest(body: Uint8Array): Uint8Array {
  return nobleProvider().blake2s(body, { length: DIGEST_BYTES });
}
