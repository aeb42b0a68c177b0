import { equalBytes } from "@selvage/core";

import { type Announcement, lifetimeMs } from "../announcement/announcement.ts";
import type { Known, Timing } from "./known.ts";
import { unpackSigned } from "./signed-bytes.ts";

/** A copy is better if it lives longer by this share of the lifetime; nodes renew at a third. */
const BETTER_SHARE = 1 / 4;

/** What {@link isBetterCopy} compares. */
export type Copy = Pick<Announcement, "body" | "ageMs" | "tombstone" | "ttlSeconds">;

/** Whether an announcement is, byte for byte, the one that is known. */
export function isSameBody({ body }: Pick<Announcement, "body">, known: Readonly<Known>): boolean {
  return equalBytes(body, unpackSigned(known.signed).body);
}

/**
 * Whether another copy of what is known must take its place. Age is not signed: who adds to it could
 * end an announcement early wherever that copy comes first. Only one much younger counts, so that
 * each announcement is taken a few times at most.
 */
export function isBetterCopy(copy: Copy, known: Readonly<Known>, now: number): boolean {
  if (!isSameBody(copy, known)) return false;
  const lifetime = lifetimeMs(copy);
  const { signedAt } = latestTiming(known, { signedAt: now - copy.ageMs, arrivedAt: now });
  if (signedAt + lifetime <= now) return false;
  return signedAt - known.signedAt >= lifetime * BETTER_SHARE;
}

/** Of two copies the younger tells the truth, but none was signed after the first one arrived. */
export function latestTiming({ signedAt, arrivedAt }: Timing, other: Timing): Timing {
  return { signedAt: Math.max(signedAt, Math.min(other.signedAt, arrivedAt)), arrivedAt };
}
