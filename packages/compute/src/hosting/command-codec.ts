import { fromHex } from "@selvage/core";

import { checksum, digestLabel } from "../wire/digest.ts";
import { decodeCommandBody, encodeCommandBody } from "../wire/hosting.gen.ts";
import { groupKeyOf } from "./group-id.ts";
import type { HostCommand } from "./host-command.ts";
import {
  bytesField,
  decodeAs,
  groupField,
  nodeIdField,
  slotField,
  termBody,
  termField,
  wholeField,
} from "./wire-fields.ts";

const PAYLOAD: Uint8Array = digestLabel("selvage-cmd-1");
const DIGEST_BYTES = 32;

/** A command with what it says of its payload. */
export interface DecodedCommand extends HostCommand {
  readonly payloadDigest: Uint8Array;
  readonly payloadBytes: number;
}

/** What is signed of a command. */
export function encodeCommand(command: HostCommand, payload: Uint8Array): Uint8Array {
  const { kind, group, to, term, slot, incarnation, sequence } = command;
  return encodeCommandBody({
    kind,
    group: groupKeyOf(group),
    to: fromHex(to),
    term: termBody(term),
    slot,
    incarnation,
    sequence,
    payloadDigest: payloadDigest(payload),
    payloadBytes: payload.length,
  });
}

/**
 * Reads what {@link encodeCommand} wrote.
 *
 * @throws {@link ComputeError} with kind `bad-command`.
 */
export function decodeCommand(body: Uint8Array): DecodedCommand {
  const fields = decodeAs("a command", body, decodeCommandBody);
  return {
    kind: fields.kind,
    group: groupField(fields.group),
    to: nodeIdField("to", fields.to),
    term: termField(fields.term),
    slot: slotField(fields.slot),
    incarnation: wholeField("incarnation", fields.incarnation),
    sequence: wholeField("sequence", fields.sequence, 1),
    payloadDigest: bytesField("payloadDigest", fields.payloadDigest, DIGEST_BYTES),
    payloadBytes: wholeField("payloadBytes", fields.payloadBytes),
  };
}

/** What a command says of its payload. */
export function payloadDigest(payload: Uint8Array): Uint8Array {
  return checksum(PAYLOAD, payload);
}
