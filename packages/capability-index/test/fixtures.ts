import { Identity, nodeProvider } from "@selvage/identity";

import {
  type Announcement,
  type AnnouncementConfig,
  CapabilitySet,
  createAnnouncement,
} from "../src/index.ts";

/** The same identity for the same number in every run; made once. */
export function identity(n: number): Identity {
  const known = identities.get(n);
  if (known !== undefined) return known;
  const made = Identity.fromSeed(new Uint8Array(32).fill(n), { provider: nodeProvider() });
  identities.set(n, made);
  return made;
}

const identities = new Map<number, Identity>();

/** A boot id for tests. */
export function bootId(n: number): string {
  return n.toString(16).padStart(2, "0").repeat(16);
}

/** Where {@link ManualClock} starts its wall time unless told otherwise. */
export const WALL_MS = 1_000_000;

/** An announcement of node `n`: version 1, boot 1, 300 s, unless said otherwise. */
export function announce(
  n: number,
  {
    tags = [],
    ageMs = 0,
    ...config
  }: Partial<AnnouncementConfig> & {
    readonly tags?: readonly string[];
    readonly ageMs?: number;
  } = {},
): Announcement {
  const announcement = createAnnouncement(identity(n), {
    bootId: bootId(1),
    version: 1,
    wallMs: WALL_MS,
    capabilities: CapabilitySet.empty.withTags(...tags),
    ...config,
  });
  return { ...announcement, ageMs };
}
