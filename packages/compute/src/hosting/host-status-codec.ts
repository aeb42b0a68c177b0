import { fromHex } from "@selvage/core";

import type { DaemonHealth } from "../daemon/mesh-daemon.ts";
import {
  decodeHostStatusBody,
  decodeMemberStatusBody,
  encodeHostStatusBody,
  encodeMemberStatusBody,
  type MemberStatusBody,
} from "../wire/hosting.gen.ts";
import type { HostStatus, MemberStatus } from "./host-status.ts";
import {
  badCommand,
  decodeAs,
  nodeIdField,
  originField,
  slotField,
  termBody,
  termField,
  wholeField,
} from "./wire-fields.ts";

const HEALTHS = ["healthy", "degraded", "unhealthy"] as const;

/** The answer to `status`. */
export function encodeHostStatus(status: HostStatus): Uint8Array {
  const { nodeId, term, members, incarnations, reports } = status;
  return encodeHostStatusBody({
    nodeId: fromHex(nodeId),
    term: termBody(term),
    members: members.map(memberBody),
    incarnations,
    reports,
  });
}

/** @throws {@link ComputeError} with kind `bad-command`. */
export function decodeHostStatus(bytes: Uint8Array): HostStatus {
  const fields = decodeAs("the status of a host", bytes, decodeHostStatusBody);
  return {
    nodeId: nodeIdField("nodeId", fields.nodeId),
    term: termField(fields.term),
    members: fields.members.map(memberOf),
    incarnations: fields.incarnations.map(({ slot, incarnation }) => ({
      slot: slotField(slot),
      incarnation: wholeField("incarnation", incarnation),
    })),
    reports: fields.reports,
  };
}

/** The answer to `spawn`. */
export function encodeMemberStatus(status: MemberStatus): Uint8Array {
  return encodeMemberStatusBody(memberBody(status));
}

/** @throws {@link ComputeError} with kind `bad-command`. */
export function decodeMemberStatus(bytes: Uint8Array): MemberStatus {
  return memberOf(decodeAs("the status of a member", bytes, decodeMemberStatusBody));
}

function memberBody({ health, originHash, ...rest }: MemberStatus): MemberStatusBody {
  return {
    ...rest,
    originHash: fromHex(originHash),
    health: HEALTHS.indexOf(health.status),
    reason: health.status === "healthy" ? "" : health.reason,
  };
}

function memberOf(fields: MemberStatusBody): MemberStatus {
  return {
    slot: slotField(fields.slot),
    incarnation: wholeField("incarnation", fields.incarnation, 1),
    originHash: originField("originHash", fields.originHash),
    kind: fields.kind,
    program: fields.program,
    deliveryIndex: wholeField("deliveryIndex", fields.deliveryIndex),
    health: healthOf(fields),
    saturation: fields.saturation,
    details: fields.details,
  };
}

function healthOf({ health, reason }: MemberStatusBody): DaemonHealth {
  const status = HEALTHS[health];
  if (status === undefined) throw badCommand(`there is no health ${health}`);
  return status === "healthy" ? { status } : { status, reason };
}
