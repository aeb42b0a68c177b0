import { ENTITY_ID_BYTES } from "@selvage/identity";

import {
  MAX_ADDRESS_BYTES,
  MAX_ADDRESSES,
  MAX_GRANTS,
  MAX_TAGS,
  MAX_TTL_SECONDS,
  MIN_TTL_SECONDS,
} from "../defaults.ts";
import { utf8Length } from "../text-order.ts";
import type { AnnouncementBody } from "../wire/announcement.gen.ts";

const BOOT_ID_BYTES = 16;

/** Why a body cannot be used. */
export interface BodyFault {
  readonly reason: "malformed" | "oversize" | "ttl-range";
  readonly message: string;
}

/** The rules for single fields, the same for who signs and who receives. */
export function bodyFault(body: AnnouncementBody): BodyFault | undefined {
  const { entityId, bootId, version, wallMs, ttlSeconds, tags, addresses, grants } = body;
  if (entityId.length !== ENTITY_ID_BYTES) {
    return malformed(`entityId must be ${ENTITY_ID_BYTES} bytes, got ${entityId.length}`);
  }
  if (bootId.length !== BOOT_ID_BYTES) {
    return malformed(`bootId must be ${BOOT_ID_BYTES} bytes, got ${bootId.length}`);
  }
  if (!Number.isSafeInteger(version) || version < 1) {
    return malformed(`version must be a whole number of at least 1, got ${version}`);
  }
  if (!Number.isFinite(wallMs)) return malformed(`wallMs must be finite, got ${wallMs}`);
  if (
    !Number.isInteger(ttlSeconds) ||
    ttlSeconds < MIN_TTL_SECONDS ||
    ttlSeconds > MAX_TTL_SECONDS
  ) {
    return {
      reason: "ttl-range",
      message:
        `ttlSeconds must be a whole number from ${MIN_TTL_SECONDS} to ${MAX_TTL_SECONDS}, ` +
        `got ${ttlSeconds}`,
    };
  }
  if (tags.length > MAX_TAGS) return oversize("tags", MAX_TAGS, tags.length);
  if (addresses.length > MAX_ADDRESSES) {
    return oversize("addresses", MAX_ADDRESSES, addresses.length);
  }
  if (grants.length > MAX_GRANTS) return oversize("grants", MAX_GRANTS, grants.length);
  for (const address of addresses) {
    const length = utf8Length(address);
    if (length === 0) return malformed("an address must not be empty");
    if (length > MAX_ADDRESS_BYTES) {
      return oversize("bytes of an address", MAX_ADDRESS_BYTES, length);
    }
  }
  return undefined;
}

function malformed(message: string): BodyFault {
  return { reason: "malformed", message };
}

function oversize(what: string, limit: number, count: number): BodyFault {
  return { reason: "oversize", message: `at most ${limit} ${what}, got ${count}` };
}
