import type { Clock } from "@selvage/core";

import type { TransportLimits } from "./defaults.ts";
import { TransportError } from "./errors.ts";
import { OwnFault } from "./own-fault.ts";
import type { PeerRecord } from "./peer.ts";
import type { PeerEvent } from "./transport.ts";

/** What the judgement of peers needs. */
export interface PeerHealthHost {
  readonly clock: Clock;
  readonly limits: TransportLimits;
}

/**
 * Judges peers at two speeds, and tells what changed: `unresponsive` by the acknowledgements of
 * their sessions, within some hundred milliseconds, and membership by their silence, within
 * seconds.
 */
export class PeerHealth {
  readonly #host: PeerHealthHost;
  readonly #peers: () => readonly PeerRecord[];
  readonly #emit: (event: PeerEvent) => void;
  readonly #ownFault: OwnFault;

  constructor(
    host: PeerHealthHost,
    peers: () => readonly PeerRecord[],
    emit: (event: PeerEvent) => void,
  ) {
    this.#host = host;
    this.#peers = peers;
    this.#emit = emit;
    this.#ownFault = new OwnFault(host);
  }

  /** How often so many peers fell silent at once that the fault was presumed to be ours. */
  get ownFaults(): number {
    return this.#ownFault.count;
  }

  /** Looks again at what was put down to ourselves. */
  tick(): void {
    if (!this.#ownFault.isPending) return;
    for (const record of this.#peers()) this.tell(record);
    this.#ownFault.isPresumed(this.#peers());
  }

  /** Judges membership by silence. */
  judge(record: PeerRecord, now: number): void {
    const { suspectAfterMs, failAfterMs, forgetAfterMs } = this.#host.limits;
    const silenceMs = Math.min(...record.sessions.map((session) => session.silenceMs(now)));
    if (silenceMs < suspectAfterMs && record.sessions.length > 1) this.#endSilent(record, now);
    const reason = `nothing was heard for ${Math.round(silenceMs)} ms`;
    if (silenceMs < suspectAfterMs) {
      this.revive(record, "a packet arrived");
    } else if (silenceMs >= forgetAfterMs) {
      const error = lost(record, silenceMs);
      for (const session of [...record.sessions]) session.fail(error);
    } else if (silenceMs >= failAfterMs && record.membership !== "failed") {
      record.membership = "failed";
      const error = lost(record, silenceMs);
      for (const session of record.sessions) session.streams.fail(error, true);
      this.#emit({ type: "failed", peer: record, reason });
    } else if (record.membership === "alive") {
      record.membership = "suspected";
      this.#emit({ type: "suspected", peer: record, reason });
    }
  }

  /** One of several sessions may be dead, and nobody would notice while another one lives. */
  #endSilent(record: PeerRecord, now: number): void {
    for (const session of [...record.sessions]) {
      const silenceMs = session.silenceMs(now);
      if (silenceMs >= this.#host.limits.failAfterMs) session.fail(lost(record, silenceMs));
    }
  }

  /** The peer lives after all. */
  revive(record: PeerRecord, reason: string): void {
    if (record.membership === "alive") return;
    record.membership = "alive";
    this.#emit({ type: "recovered", peer: record, reason });
    this.tell(record);
  }

  /**
   * Tells what changed about a living peer since it was told last, whichever of its sessions came,
   * went or changed.
   */
  tell(record: PeerRecord): void {
    if (record.isGoingAway && !record.told.goingAway) {
      record.told.goingAway = true;
      this.#emit({ type: "goodbye", peer: record, reason: "it is shutting down" });
    }
    if (record.membership !== "alive" || record.isResponsive === record.told.responsive) return;
    if (!record.isResponsive && this.#ownFault.isPresumed(this.#peers())) return;
    record.told.responsive = record.isResponsive;
    this.#emit(
      record.isResponsive
        ? { type: "responsive", peer: record, reason: "it acknowledges again" }
        : { type: "unresponsive", peer: record, reason: "it acknowledges nothing" },
    );
  }
}

const lost = ({ nodeId }: PeerRecord, silenceMs: number): TransportError =>
  new TransportError("peer-failed", `node ${nodeId} was silent for ${Math.round(silenceMs)} ms`, {
    delivered: "maybe",
  });
