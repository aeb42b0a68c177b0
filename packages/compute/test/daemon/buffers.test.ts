import { Buffer } from "node:buffer";

import { ManualClock, seededEntropy } from "@selvage/testing";
import { expect, test } from "vitest";

import { CausalChain } from "../../src/causal/causal-chain.ts";
import { EventProducer } from "../../src/daemon/event-producer.ts";
import { decodeSnapshot } from "../../src/snapshot/decode-snapshot.ts";
import { encodeSnapshot } from "../../src/snapshot/encode-snapshot.ts";
import { daemonThat, hostOf } from "../daemons.ts";
import { identityOf } from "../identities.ts";
import { present } from "../present.ts";
import { snapshotAt } from "../snapshots.ts";

// What is given as a Buffer is copied like other bytes, though its own `slice` makes a view.

test("a snapshot is not changed by a daemon that goes on writing to its state", () => {
  const state = Buffer.from("before");
  const host = hostOf(daemonThat({ snapshot: () => state, restore: () => {} }));
  const snapshot = present(host.takeSnapshot());
  state.fill("x");
  expect(snapshot.state).toEqual(new TextEncoder().encode("before"));
});

test("an event of a chain is not changed by who gave the payload", () => {
  const payload = Buffer.from("before");
  const event = CausalChain.begin(identityOf(1).originHash).append(payload, 0n);
  payload.fill("x");
  expect(event.payload).toEqual(new TextEncoder().encode("before"));
});

test("an event of a producer is not changed by who gave the payload", () => {
  const payload = Buffer.from("before");
  const config = { clock: new ManualClock(), entropy: seededEntropy(1), incarnation: 1 };
  const event = new EventProducer(identityOf(1).originHash, config).next(payload);
  payload.fill("x");
  expect(event.payload).toEqual(new TextEncoder().encode("before"));
});

test("a snapshot is not changed with the bytes that it was read from", () => {
  const snapshot = snapshotAt(3);
  const bytes = Buffer.from(encodeSnapshot(snapshot));
  const read = decodeSnapshot(bytes);
  bytes.fill(0);
  expect(read).toEqual(snapshot);
});
