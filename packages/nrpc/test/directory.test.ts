import {
  type AnnouncementConfig,
  CapabilityIndex,
  CapabilitySet,
  createAnnouncement,
} from "@selvage/capability-index";
import { Identity } from "@selvage/identity";
import { ManualClock } from "@selvage/testing";
import { describe, expect, test } from "vitest";

import { Directory, formatOffer, serviceKey, serviceTag } from "../src/index.ts";

const own = Identity.fromSeed(new Uint8Array(32).fill(9));
/** Three other nodes, and this one. */
const identities = [
  ...[1, 2, 3].map((n) => Identity.fromSeed(new Uint8Array(32).fill(n))),
  own,
] as const;
const bootId = "07".repeat(16);

/** What a node that serves `name` announces of itself. */
function serving(name: string, version = "1.0", priority = 0, weight = 1): CapabilitySet {
  return CapabilitySet.empty
    .withTags(serviceTag(name))
    .withMetadata(serviceKey(name), formatOffer({ name, version, priority, weight }));
}

function bench(): {
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

describe("the providers of a service", () => {
  test("are those that announced it, with what they said of it", () => {
    const { directory, announce } = bench();
    announce(0, serving("greet", "1.4", 2, 3.5));
    announce(1, serving("other"));
    announce(2, CapabilitySet.empty.withTags("hardware.gpu"));
    expect(directory.providers("greet")).toEqual([
      {
        nodeId: identities[0]?.nodeId,
        entityId: identities[0]?.entityId,
        bootId,
        addresses: ["10.0.0.0:7000"],
        offer: { name: "greet", version: "1.4", priority: 2, weight: 3.5 },
      },
    ]);
    expect(directory.providers("nobody")).toEqual([]);
  });

  test("have the defaults if they only carry the tag", () => {
    const { directory, announce } = bench();
    announce(0, CapabilitySet.empty.withTags(serviceTag("greet")));
    expect(directory.providers("greet")[0]?.offer).toEqual({
      name: "greet",
      version: "1.0",
      priority: 0,
      weight: 1,
    });
  });

  test("come in the order of their node ids, whoever was first", () => {
    const { directory, announce } = bench();
    for (const n of [2, 0, 1]) announce(n, serving("greet"));
    const found = directory.providers("greet").map(({ nodeId }) => nodeId);
    const others = identities.filter((identity) => identity !== own);
    expect(found).toEqual(others.map(({ nodeId }) => nodeId).toSorted());
  });

  test("are other nodes only: no node has a session with itself", () => {
    const { directory, announce } = bench();
    announce(3, serving("greet"));
    expect(directory.providers("greet")).toEqual([]);
    announce(0, serving("greet"));
    expect(directory.compatible("greet", "1.0")).toHaveLength(1);
  });

  test("are compatible with a caller when the version is", () => {
    const { directory, announce } = bench();
    for (const [n, version] of ["1.0", "1.5", "2.1"].entries()) {
      announce(n, serving("greet", version));
    }
    const versions = (wanted: string): string[] =>
      directory
        .compatible("greet", wanted)
        .map(({ offer }) => offer.version)
        .toSorted();
    expect([versions("1.0"), versions("1.3"), versions("2.0"), versions("3.0")]).toEqual([
      ["1.0", "1.5"],
      ["1.5"],
      ["2.1"],
      [],
    ]);
  });
});

describe("a look-up", () => {
  test("is the same list until the index changes, then a new one", () => {
    const { directory, announce } = bench();
    announce(0, serving("greet"));
    const before = directory.compatible("greet", "1.0");
    expect(directory.compatible("greet", "1.0")).toBe(before);
    announce(1, serving("greet"));
    expect(directory.compatible("greet", "1.0")).toHaveLength(2);
    announce(1, CapabilitySet.empty, { tombstone: true, addresses: [] });
    announce(0, serving("greet", "2.0"));
    expect(directory.compatible("greet", "1.0")).toEqual([]);
  });

  test("of more services than are kept at hand is right all the same", () => {
    const { directory, announce } = bench();
    announce(0, serving("greet"));
    for (let i = 0; i < 3_000; i++) expect(directory.providers(`service-${i}`)).toEqual([]);
    expect(directory.providers("greet")).toHaveLength(1);
  });
});

test("changes are told once each, and none after disposal", () => {
  const { directory, changes, announce } = bench();
  announce(0, serving("greet"));
  announce(1, serving("greet"));
  expect(changes()).toBe(2);
  directory[Symbol.dispose]();
  announce(2, serving("greet"));
  expect(changes()).toBe(2);
});
