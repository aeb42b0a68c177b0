import {
  type DaemonEvent,
  DaemonHost,
  type MeshDaemon,
  type StateSnapshot,
} from "@selvage/compute";
import { systemClock } from "@selvage/core";
import { Identity } from "@selvage/identity";

/** Bytes of the payload of each event and of each output. */
export const PAYLOAD_BYTES = 64;

/** A daemon with this state, who adds up what it hears and says the sum so many times. */
export function daemonOf(state: Uint8Array, outputs: number): MeshDaemon {
  let own = state;
  return {
    name: "subject",
    requirements: () => ({}),
    process: ({ payload }) => {
      let sum = own[0] ?? 0;
      for (const byte of payload) sum = (sum + byte) & 0xff;
      own[0] = sum;
      return Array.from({ length: outputs }, () => new Uint8Array(PAYLOAD_BYTES).fill(sum));
    },
    snapshot: () => own,
    // What is given belongs to the snapshot.
    restore: (given) => void (own = new Uint8Array(given)),
  };
}

/** A host of such a daemon; hosts of one identity are copies of one daemon. */
export function hostOf(daemon: MeshDaemon, identity: Identity = Identity.generate()): DaemonHost {
  return DaemonHost.create({ daemon, identity, clock: systemClock });
}

/** What a host tells of its daemon, which has a state. */
export function snapshotOf(host: DaemonHost): StateSnapshot {
  const snapshot = host.takeSnapshot();
  if (snapshot === undefined) throw new Error("the daemon has no state");
  return snapshot;
}

/** Makes events of so many producers in turn, none of them twice. */
export function eventSource(producers: number): () => DaemonEvent {
  const origins = Array.from({ length: producers }, () => Identity.generate().originHash);
  const payload = new Uint8Array(PAYLOAD_BYTES).fill(1);
  const seed = new Uint8Array(32);
  let count = 0;
  return () => {
    const producer = origins[count % producers];
    if (producer === undefined) throw new Error("there are no producers");
    const sequence = 1 + Math.floor(count++ / producers);
    return { producer, incarnation: 1, sequence, payload, timeMs: 0, seed };
  };
}
