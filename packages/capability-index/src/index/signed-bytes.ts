import { SIGNATURE_BYTES } from "@selvage/identity";

import { type Announcement, DIGEST_BYTES } from "../announcement/announcement.ts";

const BODY_AT: number = DIGEST_BYTES + SIGNATURE_BYTES;

/** What is kept of a signed body to pass it on. */
type Signed = Pick<Announcement, "digest" | "signature" | "body">;

/**
 * Digest, signature and body in one array, in this order: an array of its own for each would take
 * some 200 bytes more apiece, of very many announcements.
 */
export function packSigned({ digest, signature, body }: Signed): Uint8Array {
  const packed = new Uint8Array(BODY_AT + body.length);
  packed.set(digest);
  packed.set(signature, DIGEST_BYTES);
  packed.set(body, BODY_AT);
  return packed;
}

/** The parts again, as views. */
export function unpackSigned(packed: Uint8Array): Signed {
  return {
    digest: packed.subarray(0, DIGEST_BYTES),
    signature: packed.subarray(DIGEST_BYTES, BODY_AT),
    body: packed.subarray(BODY_AT),
  };
}
