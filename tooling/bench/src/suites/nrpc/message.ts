/** What every contestant echoes. */
export interface Message {
  readonly id: number;
  readonly name: string;
  readonly tags: readonly string[];
}

/** The message of one call: about 70 bytes of JSON. */
export function messageOf(id: number): Message {
  return { id, name: "Ada Lovelace", tags: ["analytical", "engine"] };
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

/** Throws Error unless the answer belongs to the call: a fast wrong answer is no answer. */
export function assertEcho(id: number, answer: { readonly id: number }): void {
  if (answer.id !== id) throw new Error(`call ${id} got the answer of call ${answer.id}`);
}
