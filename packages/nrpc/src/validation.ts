import type { StandardSchemaV1 } from "@standard-schema/spec";

import { RpcError } from "./errors.ts";

/**
 * Validates a value against an optional schema and answers the schema's output.
 *
 * @throws {@link RpcError} of the given kind, naming the first issues.
 */
export async function validate(
  schema: StandardSchemaV1 | undefined,
  value: unknown,
  kind: "bad-request" | "bad-response",
  service: string,
): Promise<unknown> {
  if (schema === undefined) return value;
  const result = await schema["~standard"].validate(value);
  if (result.issues === undefined) return result.value;
  const issues = result.issues.slice(0, 3).map((issue) => {
    const path = (issue.path ?? []).map((part) =>
      String(typeof part === "object" ? part.key : part),
    );
    return path.length === 0 ? issue.message : `${path.join(".")}: ${issue.message}`;
  });
  const what = kind === "bad-request" ? "request" : "response";
  throw new RpcError(
    kind,
    `${what} of "${service}" does not match its contract: ${issues.join("; ")}`,
    {
      delivered: kind === "bad-request" ? "never" : "maybe",
    },
  );
}
