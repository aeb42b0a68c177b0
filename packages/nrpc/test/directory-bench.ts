import {
  type AnnouncementConfig,
  CapabilityIndex,
  CapabilitySet,
  createAnnouncement,
} from "@selvage/capability-index";
import { Identity } from "@selvage/identity";
import { ManualClock } from "@selvage/testing";

import { Directory, formatOffer, serviceKey, serviceTag } from "../src/index.ts";

/** The node whose directory it is. */
export const own = Identity.fromSeed(new Uint8Array(32).fill(9));
const identity = (n: number): Identity => Identity.fromSeed(new Uint8Array(32).fill(n));
/** Three other nodes, and this one. */
export const identities = [identity(1), identity(2), identity(3), own] as const;
export const bootId = "07".repeat(16);

/** What a node that serves `name` announces of itself. */
export function serving(name: string, version = "1.0", priority = 0, weight = 1): CapabilitySet {
  return CapabilitySet.empty
    .withTags(serviceTag(name))
    .withMetadata(serviceKey(name), formatOffer({ name, version, priority, weight }));
}

/** A directory, and the word of mouth that fills it. */
export function bench(): {
  readonly clock: ManualClock;
  readonly directory: Directory;
  readonly changes: () => number;
  announce(n: number, capabilities: CapabilitySet, rest?: Partial<AnnouncementConfig>): void;
} {
  const clock = new ManualClock();
  const index = new CapabilityIndex({ clock });
  const directory = new Directory(index, own.nodeId, (error) => {
    throw error;
  });
  let changes = 0;
  let version = 0;
  directory.onChange(() => changes++);
  return {
    clock,
    directory,
    changes: () => changes,
    announce: (n, capabilities, rest = {}) => {
      const identity = identities[n];
      if (identity === undefined) throw new RangeError(`no identity ${n}`);
      const addresses = [`10.0.0.${n}:7000`];
      const wallMs = clock.wallNow();
      version++;
      const said = { bootId, version, wallMs, capabilities, addresses, ...rest };
      index.apply(createAnnouncement(identity, said));
    },
  };
}
