import { type Entropy, systemEntropy, toHex } from "@selvage/core";

import type { MemberProgram } from "../hosting/hosted-member.ts";
import { decodeConfig } from "./config-codec.ts";
import { StandbyMember } from "./standby-member.ts";
import type { TermAuthority } from "./term-authority.ts";

/** The name under which hosts know {@link standbyProgram}. */
export const STANDBY_PROGRAM = "standby";

const INSTANCE_BYTES = 16;

/** What {@link standbyProgram} works with. */
export interface StandbyProgramParts {
  /** For groups that are `fenced`; without it, none can be active here. */
  readonly authority?: TermAuthority | undefined;
  /** Default the operating system. */
  readonly entropy?: Entropy | undefined;
  /** Hears of each member that is made here, such as to listen to what it commits. */
  readonly onMember?: ((member: StandbyMember) => void) | undefined;
}

/** Members of standby groups, for the `programs` of a {@link LocalMemberHost} as `standby`. */
export function standbyProgram({
  authority,
  entropy = systemEntropy,
  onMember = () => {},
}: StandbyProgramParts = {}): MemberProgram {
  return (parts) => {
    const instance = toHex(entropy.bytes(INSTANCE_BYTES));
    const standby = decodeConfig(parts.config);
    const member = new StandbyMember({ ...parts, instance, standby, authority });
    onMember(member);
    return member;
  };
}
