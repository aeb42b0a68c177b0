import { ENTITY_ID_BYTES } from "@selvage/identity";

import {
  MAX_ADDRESS_BYTES,
  MAX_ALLOWED_NODES,
  MAX_TTL_SECONDS,
  MIN_TTL_SECONDS,
} from "../defaults.ts";
import { utf8Length } from "../text-order.ts";
import type { AnnouncementBody } from "../wire/announcement.gen.ts";

const BOOT_ID_BYTES = 16;
const NODE_ID_BYTES = 16;

/** Why a body cannot be used. */
export interface BodyFault {
  readonly reason: "malformed" | "ttl-range";
  readonly message: string;
}

/**
 * The rules for single fields, the same for who signs and who receives. How long lists may get says
 * the schema, and what is in a capability set, the set.
 */
export function bodyFault(body: AnnouncementBody): BodyFault | undefined {
  const { entityId, bootId, version, wallMs, ttlSeconds, addresses, allowedNodes } = body;
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
  const badAddress = addresses.find(
    (address) => address === "" || utf8Length(address) > MAX_ADDRESS_BYTES,
  );
  if (badAddress !== undefined) {
    const start = badAddress.slice(0, 64);
    return malformed(`an address must have 1 to ${MAX_ADDRESS_BYTES} bytes, got "${start}"`);
  }
  if (allowedNodes.length > MAX_ALLOWED_NODES) {
    return malformed(
      `at most ${MAX_ALLOWED_NODES} nodes are allowed by name, got ${allowedNodes.length}`,
    );
  }
  const badNode = allowedNodes.find(({ length }) => length !== NODE_ID_BYTES);
  if (badNode !== undefined) {
    return malformed(`an allowed node id must be ${NODE_ID_BYTES} bytes, got ${badNode.length}`);
  }
  const isWhole = Number.isInteger(ttlSeconds);
  if (!isWhole || ttlSeconds < MIN_TTL_SECONDS || ttlSeconds > MAX_TTL_SECONDS) {
    const range = `${MIN_TTL_SECONDS} to ${MAX_TTL_SECONDS}`;
    return {
      reason: "ttl-range",
      message: `ttlSeconds must be a whole number from ${range}, got ${ttlSeconds}`,
    };
  }
  return undefined;
}

function malformed(message: string): BodyFault {
  return { reason: "malformed", message };
}
