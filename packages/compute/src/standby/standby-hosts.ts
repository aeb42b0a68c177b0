import type { NodeId } from "@selvage/core";

import type { DaemonEvent } from "../daemon/daemon-event.ts";
import type { Delivery } from "../daemon/delivery.ts";
import type { Term } from "../daemon/term.ts";
import type { DivergedReport } from "./diverged-report.ts";
import type { MemberPlace, StandbyDetails } from "./standby-messages.ts";
import type { StandbyConfig } from "./standby-settings.ts";

/** What a member said of itself, and where it is. */
export interface PlacedDetails {
  readonly place: MemberPlace;
  readonly details: StandbyDetails;
}

/** A report with what it is acknowledged by. */
export interface ReceivedReport {
  readonly id: number;
  readonly report: DivergedReport;
}

/** How long to wait at most. */
export interface StandbyHostOptions {
  readonly deadlineMs?: number | undefined;
  readonly signal?: AbortSignal | undefined;
}

/**
 * What the coordinator of a standby group asks of the nodes of its members, under a term. All of it may
 * be repeated.
 *
 * Everything fails with a {@link ComputeError}, of kind `timeout` or `host-unreachable` if nobody
 * answered.
 */
export interface StandbyHosts {
  /** Makes a member, blank, and tells which instance it is. */
  spawn(
    place: MemberPlace,
    term: Term,
    config: StandbyConfig,
    options?: StandbyHostOptions,
  ): Promise<StandbyDetails>;
  remove(place: MemberPlace, term: Term, options?: StandbyHostOptions): Promise<void>;
  /** The members that are on a node. */
  status(
    nodeId: NodeId,
    term: Term,
    options?: StandbyHostOptions,
  ): Promise<readonly PlacedDetails[]>;
  /** `fence`, `promote`, `configure`, `sync` or `hand-over`; the answer is how the member is then. */
  command(
    place: MemberPlace,
    term: Term,
    kind: string,
    payload: Uint8Array,
    options?: StandbyHostOptions,
  ): Promise<StandbyDetails>;
  deliver(
    place: MemberPlace,
    term: Term,
    event: DaemonEvent,
    options?: StandbyHostOptions,
  ): Promise<Delivery>;
  /** Reports that wait on a node. */
  reports(
    nodeId: NodeId,
    term: Term,
    options?: StandbyHostOptions,
  ): Promise<readonly ReceivedReport[]>;
  acknowledge(
    nodeId: NodeId,
    term: Term,
    ids: readonly number[],
    options?: StandbyHostOptions,
  ): Promise<void>;
}
