import { type Clock, type NodeId, parseNodeId, toHex } from "@selvage/core";
import {
  type CryptoProvider,
  deriveNodeId,
  parseEntityId,
  SIGNATURE_BYTES,
  verifySignature,
} from "@selvage/identity";

import { authorisedHeat } from "../capabilities/authorised-heat.ts";
import { CapabilitySet } from "../capabilities/capability-set.ts";
import { RESERVED_METADATA_KEYS } from "../capabilities/metadata.ts";
import { MAX_ANNOUNCEMENT_BYTES, MAX_HOPS, MAX_WALL_CLOCK_SKEW_MS } from "../defaults.ts";
import {
  type AnnouncementBody,
  decodeAnnouncementBody,
  decodeSignedAnnouncement,
  type SignedAnnouncement,
} from "../wire/announcement.gen.ts";
import {
  type Announcement,
  announcementDigest,
  announcementSignatureInput,
  lifetimeMs,
} from "./announcement.ts";
import { bodyFault } from "./body-rules.ts";

/** Why a received announcement is dropped, and what that means. */
export const announcementDropReasons = {
  oversize: "the announcement is longer than allowed",
  malformed: "the bytes are no announcement, or a field has no sense",
  "hop-limit": "it went through too many nodes",
  "ttl-range": "its lifetime is shorter or longer than allowed",
  "wall-clock": "it was signed more than a day from now",
  expired: "its lifetime was over when it arrived",
  "stale-version": "this version or a later one is known",
  "not-sender": "it comes as the neighbour's own word, but speaks of another node",
  "bad-signature": "it is not by the node it speaks of",
} as const;

/** Why a received announcement is dropped. */
export type AnnouncementDropReason = keyof typeof announcementDropReasons;

/** What became of a received announcement. */
export type AnnouncementVerdict =
  | { readonly status: "accepted"; readonly announcement: Announcement }
  /** Signed with our own key: an echo of a former run, or a second holder of the key. */
  | { readonly status: "own"; readonly announcement: Announcement }
  /** Counted as `stale-version`: not the version that is known, but an older one. */
  | { readonly status: "superseded"; readonly nodeId: NodeId }
  | { readonly status: "dropped"; readonly reason: AnnouncementDropReason };

/** What is known of an announcement before its signature is verified, as far as it matters then. */
export type NewerCandidate = Pick<
  Announcement,
  "nodeId" | "version" | "tombstone" | "ttlSeconds" | "body" | "ageMs"
>;

/** The parts of an {@link AnnouncementVerifier}. */
export interface AnnouncementVerifierParts {
  readonly clock: Clock;
  readonly provider: CryptoProvider;
  /** Whose announcements are `own`. */
  readonly nodeId: NodeId;
  /** Asked before the signature is looked at, since most of what floods in is known. */
  readonly known: {
    isNewer(candidate: NewerCandidate): boolean;
    versionOf(nodeId: NodeId): number | undefined;
  };
}

/** Counters of an {@link AnnouncementVerifier} since it was made. */
export interface AnnouncementVerifierStats {
  readonly accepted: number;
  readonly own: number;
  readonly dropped: Readonly<Record<AnnouncementDropReason, number>>;
}

/**
 * Checks received announcements, cheapest check first, and counts what it drops. Whatever the bytes
 * are, it does not throw.
 */
export class AnnouncementVerifier {
  readonly #parts: AnnouncementVerifierParts;
  readonly #dropped: Record<AnnouncementDropReason, number> = {
    oversize: 0,
    malformed: 0,
    "hop-limit": 0,
    "ttl-range": 0,
    "wall-clock": 0,
    expired: 0,
    "stale-version": 0,
    "not-sender": 0,
    "bad-signature": 0,
  };
  #accepted = 0;
  #own = 0;

  constructor(parts: AnnouncementVerifierParts) {
    this.#parts = parts;
  }

  /**
   * Checks an encoded announcement that came from the neighbour `via`, if it is known from whom.
   * Nothing in the verdict refers to `bytes`.
   */
  verify(bytes: Uint8Array, via?: NodeId): AnnouncementVerdict {
    const checked = this.#check(bytes, via);
    if (typeof checked === "string") return this.#drop(checked);
    if ("isOlder" in checked) {
      const verdict = this.#drop("stale-version");
      return checked.isOlder ? { status: "superseded", nodeId: checked.nodeId } : verdict;
    }
    if (checked.nodeId === this.#parts.nodeId) {
      this.#own++;
      return { status: "own", announcement: checked };
    }
    this.#accepted++;
    return { status: "accepted", announcement: checked };
  }

  stats(): AnnouncementVerifierStats {
    return { accepted: this.#accepted, own: this.#own, dropped: { ...this.#dropped } };
  }

  #drop(reason: AnnouncementDropReason): AnnouncementVerdict {
    this.#dropped[reason]++;
    return { status: "dropped", reason };
  }

  #check(
    bytes: Uint8Array,
    via: NodeId | undefined,
  ): Announcement | Stale | AnnouncementDropReason {
    if (bytes.length > MAX_ANNOUNCEMENT_BYTES) return "oversize";
    const signed = attempt(() => decodeSignedAnnouncement(bytes));
    if (signed === undefined || !isWellFormed(signed)) return "malformed";
    if (signed.hopCount > MAX_HOPS) return "hop-limit";
    const fields = attempt(() => decodeAnnouncementBody(signed.body));
    if (fields === undefined) return "malformed";
    const fault = bodyFault(fields);
    if (fault !== undefined) return fault.reason;
    const { clock, known, provider } = this.#parts;
    const nodeId = deriveNodeId(fields.entityId);
    const skewMs = Math.abs(fields.wallMs - (clock.wallNow() - signed.ageMs));
    // What is told in our own name must be outdone, whatever was wrong with the clock, and as long
    // as others remember it.
    const isOwn = nodeId === this.#parts.nodeId;
    if (skewMs > MAX_WALL_CLOCK_SKEW_MS && !isOwn) return "wall-clock";
    if (signed.ageMs >= lifetimeMs(fields) && !isOwn) return "expired";
    if (signed.hopCount === 0 && via !== undefined && via !== nodeId) return "not-sender";
    const { version, tombstone, ttlSeconds } = fields;
    const { body, ageMs } = signed;
    if (!known.isNewer({ nodeId, version, tombstone, ttlSeconds, body, ageMs })) {
      return { nodeId, isOlder: version < (known.versionOf(nodeId) ?? 0) };
    }
    const input = announcementSignatureInput(signed.body);
    if (!verifySignature(provider, fields.entityId, input, signed.signature)) {
      return "bad-signature";
    }
    const capabilities = attempt(() => readCapabilities(fields));
    if (capabilities === undefined) return "malformed";
    return assemble(nodeId, signed, fields, capabilities);
  }
}

/** Known already, or older than what is known. */
interface Stale {
  readonly nodeId: NodeId;
  readonly isOlder: boolean;
}

function isWellFormed({ signature, ageMs }: SignedAnnouncement): boolean {
  return signature.length === SIGNATURE_BYTES && Number.isFinite(ageMs) && ageMs >= 0;
}

function readCapabilities({ tags, metadata }: AnnouncementBody): CapabilitySet {
  const said = CapabilitySet.from({
    tags,
    metadata: new Map(metadata.map(({ key, value }) => [key, value])),
  });
  return authorisedHeat(said.withoutMetadata(...RESERVED_METADATA_KEYS));
}

function assemble(
  nodeId: NodeId,
  signed: SignedAnnouncement,
  fields: AnnouncementBody,
  capabilities: CapabilitySet,
): Announcement {
  const { body, signature, hopCount, ageMs } = signed;
  const { version, wallMs, ttlSeconds, tombstone, addresses, grants, allowedNodes } = fields;
  return {
    nodeId,
    entityId: parseEntityId(fields.entityId),
    bootId: toHex(fields.bootId),
    version,
    wallMs,
    ttlSeconds,
    tombstone,
    capabilities,
    addresses,
    grants,
    allowedNodes: allowedNodes.map((bytes) => parseNodeId(toHex(bytes))),
    body,
    signature,
    hopCount,
    ageMs,
    digest: announcementDigest(body),
  };
}

/** Decoders and constructors throw on what strangers may send; here that is just an answer. */
function attempt<T>(work: () => T): T | undefined {
  try {
    return work();
  } catch {
    return undefined;
  }
}
