import {
  type CryptoProvider,
  ENTITY_ID_BYTES,
  type Identity,
  signatureInput,
  verifySignature,
} from "@selvage/identity";

import { ComputeError } from "../errors.ts";
import {
  decodeCertificateBody,
  decodeSignedCertificate,
  encodeCertificateBody,
  encodeSignedCertificate,
} from "../wire/hosting.gen.ts";
import { type GroupId, groupKeyOf } from "./group-id.ts";
import { badCommand, bytesField, decodeAs, groupField } from "./wire-fields.ts";

const LABEL = "selvage-delegate-v1";

/** Who may command a group's members besides the holder of its key, and until when. */
export interface Delegation {
  readonly group: GroupId;
  /** The public key of the delegate. */
  readonly delegate: Uint8Array;
  /** Wall time, in milliseconds: clocks of nodes differ, so give it room. */
  readonly expiresMs: number;
}

/**
 * Lets somebody else command the members of a group. The certificate travels with each command that
 * the delegate signs.
 *
 * @throws RangeError for a public key of another length or a time that is not finite.
 */
export function certifyDelegate(
  groupIdentity: Identity,
  { delegate, expiresMs }: Omit<Delegation, "group">,
): Uint8Array {
  if (delegate.length !== ENTITY_ID_BYTES) {
    throw new RangeError(`delegate must be ${ENTITY_ID_BYTES} bytes, got ${delegate.length}`);
  }
  if (!Number.isFinite(expiresMs)) {
    throw new RangeError(`expiresMs must be finite, got ${expiresMs}`);
  }
  const group = groupIdentity.entityId;
  const body = encodeCertificateBody({ group, delegate, expiresMs });
  return encodeSignedCertificate({
    body,
    signature: groupIdentity.sign(signatureInput(LABEL, body)),
  });
}

/**
 * Reads a certificate and checks that the group signed it, but not whether it has expired.
 *
 * @throws {@link ComputeError} with kind `bad-command` or `bad-signature`.
 */
export function readCertificate(certificate: Uint8Array, provider: CryptoProvider): Delegation {
  const { body, signature } = decodeAs("a certificate", certificate, decodeSignedCertificate);
  const fields = decodeAs("a certificate", body, decodeCertificateBody);
  const group = groupField(fields.group);
  if (!Number.isFinite(fields.expiresMs)) throw badCommand("a certificate has no end");
  if (!verifySignature(provider, groupKeyOf(group), signatureInput(LABEL, body), signature)) {
    throw new ComputeError(
      "bad-signature",
      `the certificate of a delegate is not signed by group ${group}`,
      { delivered: "never" },
    );
  }
  const delegate = bytesField("delegate", fields.delegate, ENTITY_ID_BYTES);
  return { group, delegate, expiresMs: fields.expiresMs };
}
