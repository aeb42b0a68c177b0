import { type Clock, equalBytes } from "@selvage/core";
import { type CryptoProvider, signatureInput, verifySignature } from "@selvage/identity";

import { ComputeError } from "../errors.ts";
import { type DecodedCommand, decodeCommand, payloadDigest } from "./command-codec.ts";
import { COMMAND_LABEL } from "./command-signer.ts";
import { readCertificate } from "./delegation.ts";
import { type GroupId, groupKeyOf } from "./group-id.ts";
import type { SignedCommand } from "./host-command.ts";
import { badCommand } from "./wire-fields.ts";

/** What {@link verifyCommand} works with. */
export interface VerifyParts {
  readonly provider: CryptoProvider;
  readonly clock: Clock;
}

/**
 * Reads a command and checks that whoever signed it may command the group. What may be done costs
 * nothing before that: `precheck` sees the command first and may refuse it.
 *
 * @throws {@link ComputeError} with kind `bad-command`, or `bad-signature` also for a delegate whose
 * time is over.
 */
export function verifyCommand(
  { provider, clock }: VerifyParts,
  signed: SignedCommand,
  precheck: (command: DecodedCommand) => void,
): DecodedCommand {
  const { body, payload, signature, certificate } = signed;
  const command = decodeCommand(body);
  precheck(command);
  const { group } = command;
  const key = certificate ? delegateKey(provider, clock, group, certificate) : groupKeyOf(group);
  if (!verifySignature(provider, key, signatureInput(COMMAND_LABEL, body), signature)) {
    throw badSignature(`the command "${command.kind}" is not signed by group ${group}`);
  }
  if (
    payload.length !== command.payloadBytes ||
    !equalBytes(payloadDigest(payload), command.payloadDigest)
  ) {
    throw badCommand(`the payload of "${command.kind}" is not the one that was signed`);
  }
  return command;
}

function delegateKey(
  provider: CryptoProvider,
  clock: Clock,
  group: GroupId,
  certificate: Uint8Array,
): Uint8Array {
  const delegation = readCertificate(certificate, provider);
  if (delegation.group !== group) {
    throw badSignature(`the delegate is one of group ${delegation.group}, not of ${group}`);
  }
  if (clock.wallNow() >= delegation.expiresMs) {
    throw badSignature(`the time of a delegate of group ${group} is over`);
  }
  return delegation.delegate;
}

function badSignature(message: string): ComputeError {
  return new ComputeError("bad-signature", message, { delivered: "never" });
}
