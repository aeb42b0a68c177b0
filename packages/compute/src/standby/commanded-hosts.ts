import { compareTerms, type Term } from "../daemon/term.ts";
import type { CommandSigner } from "../hosting/command-signer.ts";
import { GroupCommander } from "../hosting/group-commander.ts";
import type { MemberStatus } from "../hosting/host-status.ts";
import type { MemberHost } from "../hosting/member-host.ts";
import type { SpawnOrder } from "../hosting/spawn-order.ts";
import { encodeConfig } from "./config-codec.ts";
import { decodeReport } from "./diverged-report.ts";
import { decodeDetails } from "./message-codec.ts";
import type { PlacedDetails, StandbyHosts } from "./standby-hosts.ts";
import { STANDBY_PROGRAM } from "./standby-program.ts";

/** What {@link commandedHosts} works with. */
export interface CommandedHostsParts {
  readonly hosts: MemberHost;
  /** The group's own key, or a delegate's. */
  readonly signer: CommandSigner;
  /** What is to be made in a slot. */
  readonly orderFor: (slot: number) => Omit<SpawnOrder, "program" | "fork" | "config">;
}

/** The nodes of a standby group behind signed commands. */
export function commandedHosts({ hosts, signer, orderFor }: CommandedHostsParts): StandbyHosts {
  let current: GroupCommander | undefined;
  /** Commands of a term are counted, so there is one commander; it never goes back. */
  const under = (term: Term): GroupCommander => {
    current ??= new GroupCommander({ hosts, signer, term });
    if (compareTerms(term, current.term) > 0) current.raiseTerm(term);
    return current;
  };
  return {
    spawn: async (place, term, config, options) => {
      const order: SpawnOrder = {
        ...orderFor(place.slot),
        program: STANDBY_PROGRAM,
        fork: undefined,
        config: encodeConfig(config),
      };
      const status = await under(term).spawn(place.nodeId, place, order, options);
      return decodeDetails(status.details);
    },
    remove: (place, term, options) => under(term).remove(place.nodeId, place, options),
    status: async (nodeId, term, options) => {
      const { members } = await under(term).status(nodeId, options);
      return members
        .filter(({ program }) => program === STANDBY_PROGRAM)
        .map(({ slot, incarnation, details }: MemberStatus): PlacedDetails => ({
          place: { slot, incarnation, nodeId },
          details: decodeDetails(details),
        }));
    },
    command: async (place, term, kind, payload, options) => {
      const { slot, incarnation } = place;
      const request = { kind, slot, incarnation, payload };
      return decodeDetails(await under(term).ask(place.nodeId, request, options));
    },
    deliver: (place, term, event, options) =>
      under(term).deliver(place.nodeId, place, event, options),
    reports: async (nodeId, term, options) => {
      const reports = await under(term).reports(nodeId, options);
      return reports.map(({ id, report }) => ({ id, report: decodeReport(report) }));
    },
    acknowledge: (nodeId, term, ids, options) =>
      under(term).acknowledgeReports(nodeId, ids, options),
  };
}
