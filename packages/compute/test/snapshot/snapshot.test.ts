import { toHex, utf8 } from "@selvage/core";
import { ManualClock } from "@selvage/testing";
import { describe, expect, test } from "vitest";

import type { CausalEvent } from "../../src/causal/causal-link.ts";
import { verifyChain } from "../../src/causal/verify.ts";
import { DaemonHost } from "../../src/daemon/daemon-host.ts";
import type { DaemonHostConfig } from "../../src/daemon/host-config.ts";
import type { MeshDaemon } from "../../src/daemon/mesh-daemon.ts";
import { ComputeError } from "../../src/errors.ts";
import { decodeSnapshot } from "../../src/snapshot/decode-snapshot.ts";
import {
  encodedSnapshotBytes,
  encodeSnapshot,
  snapshotChecksum,
} from "../../src/snapshot/encode-snapshot.ts";
import { comparePositions, type StateSnapshot } from "../../src/snapshot/state-snapshot.ts";
import { Counter, daemonThat, hostOf, producerOf, textsOf } from "../daemons.ts";
import { identityOf } from "../identities.ts";
import { kindOf } from "../kind-of.ts";
import { present } from "../present.ts";
import { snapshotAt } from "../snapshots.ts";

// Computed from the definition by other means.
const KNOWN_SNAPSHOT: string = [
  "43445331038a88e3dd7409f195fd52db2d3cba5d72ca6709bf1d94121bf3748801b40f6f5c00000000000000",
  "00000000000000000000000000000000000100000000000000a6ec4ed81a417f1b0821000000000000010000",
  "0000000000dd637ca4dc6cbbc101000000310000a8da769b0100002c00000001000000000000000821000000",
  "000000010000004da3f7b3faa94c149a7463c4ef9ae5a601000000000000006500000000000000010000004d",
  "a3f7b3faa94c149a7463c4ef9ae5a60100000000000000000000000000000001000000010000000000000001",
  "0000000000000001000000a6ec4ed81a417f1b08210000000000000100000000000000dd637ca4dc6cbbc101",
  "000000310100000031000000005ac16cf8160a421af9a37ad1b17dd9edab0e0508203657a5ba4d95169908cc",
  "97",
].join("");

function restore(
  daemon: MeshDaemon,
  snapshot: StateSnapshot,
  {
    identity = identityOf(1),
    ...config
  }: DaemonHostConfig & { identity?: ReturnType<typeof identityOf> } = {},
): DaemonHost {
  return DaemonHost.fromSnapshot({ daemon, identity, clock: new ManualClock() }, snapshot, config);
}

/** Encodes a snapshot after a change that no host would make, with a checksum that is right. */
function forged(change: Partial<StateSnapshot>): Uint8Array {
  return encodeSnapshot({ ...snapshotAt(3), ...change });
}

/** The same bytes after a change, with a checksum that is right. */
function patched(change: (bytes: Uint8Array) => Uint8Array | undefined): Uint8Array {
  const encoded = encodeSnapshot(snapshotAt(3));
  const content = encoded.slice(0, -32);
  const changed = change(content) ?? content;
  return Uint8Array.of(...changed, ...snapshotChecksum(changed));
}

describe("a daemon restored from its snapshot", () => {
  test("goes on where it was: state, index, answers and an unbroken chain", () => {
    const host = hostOf(new Counter());
    const producer = producerOf(1);
    const outputs: CausalEvent[] = [];
    const events = ["5", "7"].map((text) => producer.next(utf8(text)));
    for (const event of events) outputs.push(...host.deliver(event).outputs);
    const bytes = encodeSnapshot(present(host.takeSnapshot()));
    const again = restore(new Counter(), decodeSnapshot(bytes));
    expect(again.deliveryIndex).toBe(2);
    expect(again.deliver(present(events[0]))).toMatchObject({ index: 1, repeated: true });
    expect(textsOf(again.deliver(present(events[1])).outputs)).toEqual(["12"]);
    outputs.push(...again.deliver(producer.next(utf8("1"))).outputs);
    expect(textsOf(outputs)).toEqual(["5", "12", "13"]);
    expect(() => verifyChain(outputs)).not.toThrow();
  });

  test("behaves from then on as the one that was never interrupted", () => {
    const host = hostOf(new Counter());
    const producer = producerOf(1);
    host.deliver(producer.next(utf8("5")));
    host.bindings.record({ publisher: identityOf(3).nodeId, channel: "prices" });
    const again = restore(new Counter(), present(host.takeSnapshot()));
    for (const text of ["1", "2", "3"]) {
      const event = producer.next(utf8(text));
      expect(again.deliver(event)).toEqual(host.deliver(event));
    }
    expect(again.takeSnapshot()).toEqual(host.takeSnapshot());
    expect([...again.bindings]).toEqual([...host.bindings]);
  });

  test("does not take the snapshot of somebody else, nor touches the daemon with it", () => {
    const counter = new Counter();
    const snapshot = snapshotAt(3);
    expect(kindOf(() => restore(counter, snapshot, { identity: identityOf(2) }))).toBe(
      "identity-mismatch",
    );
    expect(counter.value).toBe(0);
  });

  test("is refused with bytes that it cannot read", () => {
    const snapshot = snapshotAt(3);
    expect(kindOf(() => restore(new Counter(), { ...snapshot, state: utf8("x") }))).toBe(
      "restore-failed",
    );
    expect(kindOf(() => restore(new Counter(), { ...snapshot, bindings: utf8("x") }))).toBe(
      "bad-bindings: truncated",
    );
    expect(kindOf(() => restore(new Counter(), { ...snapshot, horizon: utf8("x") }))).toBe(
      "bad-horizon: truncated",
    );
    expect(kindOf(() => restore(new Counter(), { ...snapshot, producers: utf8("x") }))).toBe(
      "bad-snapshot: truncated",
    );
    expect(kindOf(() => restore(new Counter(), snapshotAt(10), { maxStateBytes: 1 }))).toBe(
      "state-too-large",
    );
  });

  test("without restore takes no state, and all the rest", () => {
    const snapshot = snapshotAt(3);
    expect(kindOf(() => restore(daemonThat({}), snapshot))).toBe("restore-failed");
    const empty = { ...snapshot, state: new Uint8Array(0) };
    expect(restore(daemonThat({}), empty).deliveryIndex).toBe(3);
  });

  test("may not restore later", async () => {
    const rejected = (): unknown => Promise.reject(new Error("late"));
    const late = daemonThat({ restore: rejected });
    expect(kindOf(() => restore(late, snapshotAt(3)))).toBe("restore-failed");
    await new Promise((resolve) => setTimeout(resolve, 0));
  });
});

describe("takeSnapshot", () => {
  const snapshotOf = (
    snapshot: () => unknown,
    config?: DaemonHostConfig,
  ): StateSnapshot | undefined =>
    hostOf(daemonThat({ snapshot: snapshot as () => Uint8Array }), config).takeSnapshot();

  test("gives nothing for a daemon without state", () => {
    const host = hostOf(daemonThat({}));
    expect(host.takeSnapshot()).toBeUndefined();
    expect(snapshotOf(() => undefined)).toBeUndefined();
    expect(host.stats().snapshotsTaken).toBe(0);
  });

  test("joins parts, which a daemon may make of one array", () => {
    const snapshot = snapshotOf(function* () {
      const part = new Uint8Array(2);
      for (let i = 1; i <= 3; i++) yield part.fill(i);
      yield new Uint8Array(0);
    });
    expect(snapshot?.state).toEqual(Uint8Array.of(1, 1, 2, 2, 3, 3));
  });

  test("copies the state, so that the daemon can go on with it", () => {
    const state = new Uint8Array(2);
    const snapshot = snapshotOf(() => state);
    state.fill(9);
    expect(snapshot?.state).toEqual(new Uint8Array(2));
  });

  test("stops at the limit, also in the middle of endless parts", () => {
    const config = { maxStateBytes: 10 };
    expect(snapshotOf(() => new Uint8Array(10), config)?.state).toHaveLength(10);
    expect(kindOf(() => snapshotOf(() => new Uint8Array(11), config))).toBe("state-too-large");
    let parts = 0;
    let isDone = false;
    const endless = function* (): Generator<Uint8Array> {
      try {
        for (;;) {
          parts++;
          yield new Uint8Array(4);
        }
      } finally {
        isDone = true;
      }
    };
    expect(kindOf(() => snapshotOf(endless, config))).toBe("state-too-large");
    expect([parts, isDone]).toEqual([3, true]);
  });

  test.each<[string, () => unknown]>([
    ["throws", () => fail()],
    ["gives text", () => "state"],
    ["gives a number", () => 5],
    ["gives parts that are no bytes", () => ["state"]],
    ["gives a promise", () => Promise.reject(new Error("late"))],
    [
      "fails halfway",
      function* () {
        yield new Uint8Array(2);
        fail();
      },
    ],
  ])("fails where the daemon %s, and the host goes on", async (_, snapshot) => {
    const counter = new Counter();
    const host = hostOf(
      daemonThat({
        process: (event) => counter.process(event),
        snapshot: snapshot as () => Uint8Array,
      }),
    );
    const producer = producerOf(1);
    host.deliver(producer.next(utf8("1")));
    expect(kindOf(() => host.takeSnapshot())).toBe("snapshot-failed");
    expect(host.deliver(producer.next(utf8("1"))).index).toBe(2);
    await new Promise((resolve) => setTimeout(resolve, 0));
  });

  function fail(): never {
    throw new Error("no state today");
  }
});

describe("the bytes of a snapshot", () => {
  test("are those that other implementations must write", () => {
    expect(toHex(encodeSnapshot(snapshotAt(1)))).toBe(KNOWN_SNAPSHOT);
  });

  test("give the same snapshot, which shares no memory with them", () => {
    const bytes = encodeSnapshot(snapshotAt(3));
    const snapshot = decodeSnapshot(bytes);
    expect(snapshot).toEqual(snapshotAt(3));
    bytes.fill(0);
    expect(snapshot).toEqual(snapshotAt(3));
  });

  test("are refused after any flip of a byte, any truncation, and with anything behind them", () => {
    const bytes = encodeSnapshot(snapshotAt(3));
    for (let at = 0; at < bytes.length; at++) {
      for (const flip of [0x01, 0x80, 0xff]) {
        const flipped = bytes.slice();
        flipped.set([(bytes.at(at) ?? 0) ^ flip], at);
        expect(kindOf(() => decodeSnapshot(flipped))).toMatch(/^bad-snapshot: /);
      }
      expect(kindOf(() => decodeSnapshot(bytes.subarray(0, at)))).toMatch(/^bad-snapshot: /);
    }
    expect(kindOf(() => decodeSnapshot(Uint8Array.of(...bytes, 0)))).toBe("bad-snapshot: checksum");
  });

  test("say what is wrong with them", () => {
    const bytes = encodeSnapshot(snapshotAt(3));
    expect(kindOf(() => decodeSnapshot(utf8("not a snapshot")))).toBe("bad-snapshot: magic");
    expect(kindOf(() => decodeSnapshot(bytes.subarray(0, 20)))).toBe("bad-snapshot: truncated");
    expect(kindOf(() => decodeSnapshot(bytes.with(4, 2)))).toBe("bad-snapshot: version");
    expect(kindOf(() => decodeSnapshot(bytes.with(100, 9)))).toBe("bad-snapshot: checksum");
    expect(kindOf(() => decodeSnapshot(bytes, { maxStateBytes: 0 }))).toBe("bad-snapshot: limit");
  });

  test("are refused where the parts contradict each other, whatever the checksum says", () => {
    const snapshot = snapshotAt(3);
    const { head } = snapshot;
    const decode = (bytes: Uint8Array): string => kindOf(() => decodeSnapshot(bytes));
    expect(decode(forged({ entityId: identityOf(2).entityId }))).toBe("bad-snapshot: origin");
    expect(decode(forged({ throughDelivery: 2 }))).toBe("bad-snapshot: inconsistent");
    const anchor = { ...head, link: { ...head.link, sequence: 0, parentHash: 0n } };
    expect(decode(forged({ head: anchor }))).toBe("bad-snapshot: genesis");
    expect(decode(forged({ horizon: new Uint8Array(3) }))).toBe("bad-snapshot: truncated");
    expect(decode(forged({ producers: new Uint8Array(9) }))).toBe("bad-snapshot: trailing");
    expect(decode(forged({ bindings: new Uint8Array(3) }))).toBe("bad-snapshot: truncated");
    expect(decode(patched((bytes) => Uint8Array.of(...bytes, 0)))).toBe("bad-snapshot: trailing");
    // Behind magic, version, entity, term, index, link and the payload of the head.
    const flag = 5 + 32 + 24 + 8 + 32 + 4 + head.payload.length;
    expect(decode(patched((bytes) => bytes.with(flag, 2)))).toBe("bad-snapshot: inconsistent");
    expect(decode(patched((bytes) => bytes.with(5 + 32 + 7, 255)))).toBe("bad-snapshot: limit");
  });

  test("announce no more than there is, before room is made for it", () => {
    const { head } = snapshotAt(3);
    const horizon = 5 + 32 + 24 + 8 + 32 + 4 + head.payload.length + 1 + 8;
    const huge = patched((bytes) => {
      bytes.set([0xff, 0xff, 0xff, 0xff], horizon);
      return undefined;
    });
    expect(kindOf(() => decodeSnapshot(huge))).toBe("bad-snapshot: limit");
  });
});

describe("comparePositions", () => {
  test("goes by term, then by index", () => {
    const [low, high] = [identityOf(1).nodeId, identityOf(2).nodeId].toSorted();
    const at = (number: number, coordinator: typeof low, throughDelivery: number) => ({
      term: { number, coordinator: present(coordinator) },
      throughDelivery,
    });
    const ordered = [at(1, low, 5), at(1, low, 6), at(1, high, 2), at(2, low, 1)];
    expect(ordered.toReversed().toSorted(comparePositions)).toEqual(ordered);
    expect(comparePositions(at(1, low, 5), at(1, low, 5))).toBe(0);
  });
});

test("a failure to restore says why, and what the cause was", () => {
  const broken = daemonThat({
    restore: () => {
      throw new Error("from another century");
    },
  });
  const act = (): unknown => restore(broken, snapshotAt(3));
  expect(act).toThrow(ComputeError);
  expect(act).toThrow('restore of daemon "test" failed: from another century');
});

test.each([
  ["without a sentinel", undefined],
  ["with one", 7n],
])("the length of the written form is known beforehand, %s", (_, sentinel) => {
  const snapshot = { ...snapshotAt(3), sentinel };
  expect(encodedSnapshotBytes(snapshot)).toBe(encodeSnapshot(snapshot).length);
});
