import {
  AnnouncementVerifier,
  CapabilityIndex,
  createAnnouncement,
  encodeAnnouncement,
} from "@selvage/capability-index";
import { parseNodeId, systemClock, toHex } from "@selvage/core";
import { defaultProvider, Identity } from "@selvage/identity";

import { perSecond } from "../../measure/timing.ts";
import { announcementOf } from "./fleet.ts";

/** Signed announcements that are taken in again and again: signing them takes a while. */
const SIGNED = 200;

/** How many announcements per second are decoded, verified and taken in. */
export function verifiedPerSecond(ms: number): number {
  const wallMs = systemClock.wallNow();
  const messages = Array.from({ length: SIGNED }, (_, n) => {
    const { capabilities, addresses } = announcementOf(n, SIGNED);
    const bootId = toHex(new Uint8Array(16).fill(n));
    const config = { bootId, version: 1, wallMs, ttlSeconds: 900, capabilities, addresses };
    return encodeAnnouncement(createAnnouncement(Identity.generate(), config));
  });
  const parts = {
    clock: systemClock,
    provider: defaultProvider(),
    nodeId: parseNodeId("0".repeat(32)),
  };
  return perSecond(ms, SIGNED, () => {
    const index = new CapabilityIndex({ clock: systemClock });
    const verifier = new AnnouncementVerifier({ ...parts, known: index });
    for (const message of messages) {
      const verdict = verifier.verify(message);
      if (verdict.status === "accepted") index.apply(verdict.announcement);
    }
    if (index.stats().entries !== SIGNED) throw new Error("an announcement was not accepted");
  });
}
