import { compareTerms } from "../daemon/term.ts";
import { decodeSnapshot } from "../snapshot/decode-snapshot.ts";
import { encodeSnapshot } from "../snapshot/encode-snapshot.ts";
import type { HostedMember, MemberParts } from "./hosted-member.ts";

/** The name of the program of members that have nothing to do with each other: replicas and forks. */
export const SOLO_PROGRAM = "solo";

/** A member that applies what it is given, and shares its state with nobody. */
export function createSoloMember({ host, hostConfig, ...parts }: MemberParts): HostedMember {
  let { term } = parts;
  return {
    // A state that it took over may come from a later term than the one it was spawned in.
    deliver: ({ event }) =>
      host.deliver(event, { term: compareTerms(term, host.term) < 0 ? host.term : term }),
    snapshot: () => {
      const snapshot = host.takeSnapshot();
      return snapshot && encodeSnapshot(snapshot);
    },
    restore: (state) => host.restoreFrom(decodeSnapshot(state, hostConfig)),
    onTerm: (higher) => {
      term = higher;
    },
    end: () => {},
  };
}
