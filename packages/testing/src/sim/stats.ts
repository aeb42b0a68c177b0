/**
 * Why a datagram did not arrive: the link lost it; it exceeded the link's MTU or queue; a
 * partition; a tap; the receive buffer was full; nobody was bound there; the machine slept.
 */
export type DropReason =
  | "loss"
  | "mtu"
  | "queue"
  | "partition"
  | "tap"
  | "receive-buffer"
  | "no-receiver"
  | "asleep";

/** What a simulation did so far. */
export interface SimStats {
  /** Turns of nodes. */
  turns: number;
  /** Timers that fired. */
  timers: number;
  /** Datagrams handed to the network. */
  sent: number;
  /** Datagrams handed to receivers. */
  delivered: number;
  /** Things done to the network and to nodes. */
  faults: number;
  dropped: Record<DropReason, number>;
}

/** All zeros. */
export function emptyStats(): SimStats {
  return {
    turns: 0,
    timers: 0,
    sent: 0,
    delivered: 0,
    faults: 0,
    dropped: {
      loss: 0,
      mtu: 0,
      queue: 0,
      partition: 0,
      tap: 0,
      "receive-buffer": 0,
      "no-receiver": 0,
      asleep: 0,
    },
  };
}
