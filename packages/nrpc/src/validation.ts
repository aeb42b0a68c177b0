import type { StandardSchemaV1 } from "@standard-schema/spec";

import { RpcError } from "./errors.ts";

type Kind = "bad-request" | "bad-response";

/**
 * Validates a value against a schema and answers the schema's output; a promise only if the schema
 * needs one, since to wait costs more than most validations.
 *
 * @throws {@link RpcError} of the given kind, naming the first issues.
 */
export function validate(
  schema: StandardSchemaV1,
  value: unknown,
  kind: Kind,
  service: string,
): unknown {
  const result = schema["~standard"].validate(value);
  if (!("then" in result)) return valueOf(result, kind, service);
  return Promise.resolve(result).then((late) => valueOf(late, kind, service));
}

/** Whether {@link validate} has to be waited for. */
export const isLate = (validated: unknown): validated is Promise<unknown> =>
  validated instanceof Promise;

function valueOf(result: StandardSchemaV1.Result<unknown>, kind: Kind, service: string): unknown {
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
