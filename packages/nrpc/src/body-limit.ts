import type { Transport } from "@selvage/transport";

/**
 * Refuses a limit of bodies that is none, or beyond what the transport carries.
 *
 * @throws RangeError.
 */
export function checkBodyLimit(
  maxBodyBytes: number,
  { maxMessageBytes }: Pick<Transport, "maxMessageBytes">,
): void {
  if (Number.isInteger(maxBodyBytes) && maxBodyBytes >= 1 && maxBodyBytes <= maxMessageBytes) {
    return;
  }
  throw new RangeError(
    `maxBodyBytes must be a whole number from 1 to the transport's ${maxMessageBytes}, got ${maxBodyBytes}`,
  );
}
