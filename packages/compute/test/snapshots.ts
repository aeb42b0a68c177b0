import { utf8 } from "@selvage/core";

import type { StateSnapshot } from "../src/snapshot/state-snapshot.ts";
import { Counter, hostOf, producerOf } from "./daemons.ts";
import { identityOf } from "./identities.ts";
import { present } from "./present.ts";

const made = new Map<string, StateSnapshot>();

/** A snapshot of a counter after so many events of one each. */
export function snapshotAt(events: number, number = 1): StateSnapshot {
  const key = `${events} ${number}`;
  const snapshot = made.get(key) ?? takeSnapshot(events, number);
  made.set(key, snapshot);
  return snapshot;
}

function takeSnapshot(events: number, number: number): StateSnapshot {
  const host = hostOf(new Counter(), { identity: identityOf(number) });
  const producer = producerOf(1);
  for (let i = 0; i < events; i++) host.deliver(producer.next(utf8("1")));
  return present(host.takeSnapshot());
}
