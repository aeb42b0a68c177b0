/** Length of a small message, in bytes. */
export const SMALL_BYTES = 64;
/** Length of a large message, in bytes (1 MiB). */
export const BULK_BYTES = 1_048_576;

/** A small message that tells itself from others by its number. */
export function smallMessage(number: number): Uint8Array {
  const bytes = new Uint8Array(SMALL_BYTES);
  viewOf(bytes).setUint32(0, number);
  return bytes;
}

/** Throws Error unless this is the message of that number: a fast wrong answer is no answer. */
export function assertSmall(number: number, message: Uint8Array | undefined): void {
  if (message?.length !== SMALL_BYTES) {
    throw new Error(`message ${number} came back with ${message?.length ?? "no"} bytes`);
  }
  const found = viewOf(message).getUint32(0);
  if (found !== number) throw new Error(`message ${number} came back as ${found}`);
}

/** What a receiver has counted. */
export interface Tally {
  readonly messages: number;
  readonly bytes: number;
}

/** A tally as it travels. */
export function encodeTally({ messages, bytes }: Tally): Uint8Array {
  const encoded = new Uint8Array(16);
  viewOf(encoded).setFloat64(0, messages);
  viewOf(encoded).setFloat64(8, bytes);
  return encoded;
}

/** Reads what {@link encodeTally} wrote. Throws Error for anything else. */
export function decodeTally(encoded: Uint8Array | undefined): Tally {
  if (encoded?.length !== 16) throw new Error("expected a tally of 16 bytes");
  return { messages: viewOf(encoded).getFloat64(0), bytes: viewOf(encoded).getFloat64(8) };
}

function viewOf({ buffer, byteOffset, byteLength }: Uint8Array): DataView {
  return new DataView(buffer, byteOffset, byteLength);
}
