import { checkProperties } from "@selvage/core";
import type { StandardSchemaV1 } from "@standard-schema/spec";

import { type CallShape, CALL_SHAPES } from "./call-shape.ts";
import type { Codec } from "./codec.ts";

/** A service as both ends know it: its name, its version and the shape of what travels. */
export interface ServiceContract<
  Input extends StandardSchemaV1 = StandardSchemaV1,
  Output extends StandardSchemaV1 = StandardSchemaV1,
  Shape extends CallShape = "unary",
> {
  readonly name: string;
  /** `major.minor`: callers of a.b accept providers of a.c with c ≥ b. */
  readonly version: string;
  readonly shape: Shape;
  /** Of every request message. */
  readonly input: Input | undefined;
  /** Of every response message. */
  readonly output: Output | undefined;
  /** How messages become bytes; `undefined`: as the node does it, JSON as a rule. */
  readonly codec: Codec | undefined;
  /** Running it twice is the same as running it once: it may be repeated, moved and hedged. */
  readonly idempotent: boolean;
}

/** A contract of any shape. */
export type AnyContract = ServiceContract<StandardSchemaV1, StandardSchemaV1, CallShape>;

/** Options of {@link defineService}. */
export interface ServiceDefinition<
  Input extends StandardSchemaV1,
  Output extends StandardSchemaV1,
  Shape extends CallShape,
> {
  /** 1 to 255 characters of `a-z 0-9 - _ . /`, without empty, `.` or `..` segments. */
  readonly name: string;
  /** Default `1.0`. */
  readonly version?: string | undefined;
  /** Default `unary`. */
  readonly shape?: Shape | undefined;
  /** Any Standard Schema (zod, valibot, arktype …) of a request message. */
  readonly input?: Input | undefined;
  /** Any Standard Schema of a response message. */
  readonly output?: Output | undefined;
  /** Default: the node's, which is JSON unless said otherwise. */
  readonly codec?: Codec | undefined;
  /** Default `false`. Safety is declared, never assumed. */
  readonly idempotent?: boolean | undefined;
}

const DEFINITION: ReadonlySet<string> = new Set(
  Object.keys({
    name: true,
    version: true,
    shape: true,
    input: true,
    output: true,
    codec: true,
    idempotent: true,
  } satisfies Record<keyof ServiceDefinition<never, never, never>, true>),
);

/** A request message as a caller writes it. */
export type RequestOf<C> =
  C extends ServiceContract<infer Input, StandardSchemaV1, CallShape>
    ? StandardSchemaV1.InferInput<Input>
    : unknown;
/** A request message as a handler reads it. */
export type HandlerRequestOf<C> =
  C extends ServiceContract<infer Input, StandardSchemaV1, CallShape>
    ? StandardSchemaV1.InferOutput<Input>
    : unknown;
/** A response message as a handler writes it. */
export type HandlerResponseOf<C> =
  C extends ServiceContract<StandardSchemaV1, infer Output, CallShape>
    ? StandardSchemaV1.InferInput<Output>
    : unknown;
/** A response message as a caller reads it. */
export type ResponseOf<C> =
  C extends ServiceContract<StandardSchemaV1, infer Output, CallShape>
    ? StandardSchemaV1.InferOutput<Output>
    : unknown;

/** What a caller passes in: one request, or as many as it likes. */
export type CallInput<C extends AnyContract> = C["shape"] extends "unary" | "server-stream"
  ? RequestOf<C>
  : AsyncIterable<RequestOf<C>> | Iterable<RequestOf<C>>;
/**
 * What a caller gets: one response, or as many as come. Those can be iterated once, and leaving the
 * loop cancels the call.
 */
export type CallOutput<C extends AnyContract> = C["shape"] extends "unary" | "client-stream"
  ? Promise<ResponseOf<C>>
  : AsyncIterable<ResponseOf<C>>;

/**
 * Defines a service for callers and providers alike.
 *
 * @throws RangeError for a bad name, version or shape; TypeError for a property that there is not,
 * or is of another type.
 */
export function defineService<
  const Input extends StandardSchemaV1 = StandardSchemaV1,
  const Output extends StandardSchemaV1 = StandardSchemaV1,
  const Shape extends CallShape = "unary",
>(definition: ServiceDefinition<Input, Output, Shape>): ServiceContract<Input, Output, Shape> {
  checkProperties("a service", definition, DEFINITION);
  const { name, version = "1.0", shape = "unary" as Shape } = definition;
  const { input, output, codec, idempotent = false } = definition;
  checkTypes(definition);
  if (!isServiceName(name)) {
    throw new RangeError(
      `a service name is 1 to 255 characters of a-z 0-9 - _ . / without empty or dot segments, got "${name.slice(0, 300)}"`,
    );
  }
  parseVersion(version);
  if (!CALL_SHAPES.includes(shape)) {
    throw new RangeError(`shape must be one of ${CALL_SHAPES.join(", ")}, got "${shape}"`);
  }
  return { name, version, shape, input, output, codec, idempotent };
}

/** What types cannot say, for callers without them. */
function checkTypes({
  name,
  version,
  input,
  output,
  idempotent,
}: { readonly [K in keyof AnyContract]?: unknown }): void {
  requireType("name", name, "string");
  if (version !== undefined) requireType("version", version, "string");
  if (idempotent !== undefined) requireType("idempotent", idempotent, "boolean");
  for (const [side, schema] of Object.entries({ input, output })) {
    if (schema === undefined || isSchema(schema)) continue;
    throw new TypeError(`${side} must be a Standard Schema, such as one of zod`);
  }
}

function requireType(name: string, value: unknown, type: "boolean" | "string"): void {
  if (typeof value === type) return;
  throw new TypeError(`${name} of a service must be a ${type}, got ${typeof value}`);
}

/** Some libraries' schemas are functions. */
const isSchema = (value: unknown): boolean =>
  value !== null &&
  (typeof value === "object" || typeof value === "function") &&
  "~standard" in value;

/** A bare name stands for a service without schemas, in version 1.0, not idempotent. */
export function contractOf(service: AnyContract | string): AnyContract {
  if (typeof service === "string") return defineService({ name: service });
  if (typeof (service as Partial<AnyContract> | undefined)?.name === "string") return service;
  throw new TypeError(
    `a service is a name or what defineService makes, got ${service === null ? "null" : typeof service}`,
  );
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

/** Whether the text is a version that can be compared. */
export function isVersion(text: string): boolean {
  try {
    parseVersion(text);
    return true;
  } catch {
    return false;
  }
}

/** Whether a caller built against `wanted` can use a provider of `offered`. */
export function isCompatible(wanted: string, offered: string): boolean {
  if (wanted === offered) return true;
  const want = parseVersion(wanted);
  const offer = parseVersion(offered);
  return offer.major === want.major && offer.minor >= want.minor;
}
