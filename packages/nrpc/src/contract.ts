import type { StandardSchemaV1 } from "@standard-schema/spec";

import { RpcError } from "./errors.ts";

/** A service as both ends know it: its name, its version and the shape of what travels. */
export interface ServiceContract<
  Input extends StandardSchemaV1 = StandardSchemaV1,
  Output extends StandardSchemaV1 = StandardSchemaV1,
> {
  readonly name: string;
  /** `major.minor`: callers of a.b accept providers of a.c with c ≥ b. */
  readonly version: string;
  readonly input: Input | undefined;
  readonly output: Output | undefined;
  /** Running it twice is the same as running it once: it may be repeated, moved and hedged. */
  readonly idempotent: boolean;
}

/** Options of {@link defineService}. */
export interface ServiceDefinition<
  Input extends StandardSchemaV1,
  Output extends StandardSchemaV1,
> {
  /** 1 to 255 characters of `a-z 0-9 - _ . /`, without empty, `.` or `..` segments. */
  readonly name: string;
  /** Default `1.0`. */
  readonly version?: string | undefined;
  /** Any Standard Schema (zod, valibot, arktype …) of the request. */
  readonly input?: Input | undefined;
  /** Any Standard Schema of the response. */
  readonly output?: Output | undefined;
  /** Default `false`. Safety is declared, never assumed. */
  readonly idempotent?: boolean | undefined;
}

/** What a caller passes in. */
export type RequestOf<C> =
  C extends ServiceContract<infer Input> ? StandardSchemaV1.InferInput<Input> : unknown;
/** What a handler gets. */
export type HandlerRequestOf<C> =
  C extends ServiceContract<infer Input> ? StandardSchemaV1.InferOutput<Input> : unknown;
/** What a handler returns. */
export type HandlerResponseOf<C> =
  C extends ServiceContract<StandardSchemaV1, infer Output>
    ? StandardSchemaV1.InferInput<Output>
    : unknown;
/** What a caller gets back. */
export type ResponseOf<C> =
  C extends ServiceContract<StandardSchemaV1, infer Output>
    ? StandardSchemaV1.InferOutput<Output>
    : unknown;

/**
 * Defines a service for callers and providers alike.
 *
 * @throws RangeError for a bad name or version.
 */
export function defineService<
  const Input extends StandardSchemaV1 = StandardSchemaV1,
  const Output extends StandardSchemaV1 = StandardSchemaV1,
>({
  name,
  version = "1.0",
  input,
  output,
  idempotent = false,
}: ServiceDefinition<Input, Output>): ServiceContract<Input, Output> {
  if (!isServiceName(name)) {
    throw new RangeError(
      `a service name is 1 to 255 characters of a-z 0-9 - _ . / without empty or dot segments, got "${name.slice(0, 300)}"`,
    );
  }
  parseVersion(version);
  return { name, version, input, output, idempotent };
}

/** A bare name stands for a service without schemas, in version 1.0, not idempotent. */
export function contractOf(service: ServiceContract | string): ServiceContract {
  return typeof service === "string" ? defineService({ name: service }) : service;
}

/** Whether the text can name a service. */
export function isServiceName(name: string): boolean {
  return (
    name.length <= 255 &&
    /^[a-z0-9._-]+(\/[a-z0-9._-]+)*$/.test(name) &&
    !name.split("/").some((segment) => segment === "." || segment === "..")
  );
}

/** Takes `major.minor` apart. Throws RangeError for anything else. */
export function parseVersion(version: string): { readonly major: number; readonly minor: number } {
  const match = /^(\d{1,6})\.(\d{1,6})$/.exec(version);
  if (match === null)
    throw new RangeError(`a version is "major.minor", got "${version.slice(0, 40)}"`);
  return { major: Number(match[1]), minor: Number(match[2]) };
}

/** Whether a caller built against `wanted` can use a provider of `offered`. */
export function isCompatible(wanted: string, offered: string): boolean {
  const want = parseVersion(wanted);
  const offer = parseVersion(offered);
  return offer.major === want.major && offer.minor >= want.minor;
}

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
