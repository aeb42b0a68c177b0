import type { StandardSchemaV1 } from "@standard-schema/spec";

/** A schema out of a function that answers the output or what is wrong. */
export function schema<Input, Output = Input>(
  validate: StandardSchemaV1.Props<Input, Output>["validate"],
): StandardSchemaV1<Input, Output> {
  return { "~standard": { version: 1, vendor: "test", validate } };
}

/** Text and nothing else. */
export const text: StandardSchemaV1<string> = schema((value) =>
  typeof value === "string" ? { value } : { issues: [{ message: "expected text" }] },
);

/** `{ name: string }`. */
export const person: StandardSchemaV1<{ readonly name: string }> = schema((value) => {
  if (typeof value === "object" && value !== null && "name" in value) {
    const { name } = value;
    if (typeof name === "string") return { value: { name } };
  }
  return { issues: [{ message: "expected text", path: ["name"] }] };
});

/** Numbers that travel as text. */
export const numberAsText: StandardSchemaV1<string, number> = schema((value) =>
  typeof value === "string" && value !== "" && Number.isFinite(Number(value))
    ? { value: Number(value) }
    : { issues: [{ message: "expected a number" }] },
);
