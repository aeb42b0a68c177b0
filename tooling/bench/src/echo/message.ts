/** What every contestant echoes. */
export interface Message {
  readonly id: number;
  readonly name: string;
  readonly tags: readonly string[];
}

/** The size of each message as JSON. */
export const MESSAGE_BYTES = 64;
/** Ids have seven digits, so that all messages have the same size. */
const FIRST_ID = 1_000_000;
const IDS = 9_000_000;

/** The message of one call: {@link MESSAGE_BYTES} of JSON. */
export function messageOf(call: number): Message {
  return { id: idOf(call), name: "Ada Byron", tags: ["analytical", "engine"] };
}

/** Whether this is a {@link Message}. */
export function isMessage(value: unknown): value is Message {
  if (typeof value !== "object" || value === null) return false;
  const { id, name, tags }: Partial<Record<keyof Message, unknown>> = value;
  return (
    typeof id === "number" &&
    typeof name === "string" &&
    Array.isArray(tags) &&
    tags.every((tag) => typeof tag === "string")
  );
}

/** A {@link Message}; throws TypeError for anything else. For what carries bytes and looks no further. */
export function checkMessage(value: unknown): Message {
  if (!isMessage(value)) throw new TypeError("expected { id, name, tags }");
  return value;
}

/** Throws Error unless the answer belongs to the call: a fast wrong answer is no answer. */
export function assertEcho(call: number, answer: { readonly id: number }): void {
  const id = idOf(call);
  if (answer.id !== id) throw new Error(`call ${call} got message ${answer.id} and not ${id}`);
}

const idOf = (call: number): number => FIRST_ID + (call % IDS);
