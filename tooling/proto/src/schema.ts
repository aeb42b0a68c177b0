import protobuf from "protobufjs";

/** Scalar types with one obvious JavaScript representation; the rest of protobuf is refused. */
export type Scalar = "bool" | "bytes" | "double" | "sint32" | "string" | "uint32";

export interface FieldSchema {
  readonly name: string;
  readonly id: number;
  /** An enum is a `uint32` on the wire and in TypeScript; a message names its interface. */
  readonly type: Scalar | { readonly message: string };
  /** `single` has a zero value, `optional` and sub-messages may be absent. */
  readonly rule: "single" | "optional" | "repeated";
  /** The most items a repeated field may hold, when encoding and when decoding. */
  readonly maxCount: number;
  readonly comment: string | null;
}

export interface MessageSchema {
  readonly name: string;
  readonly fields: readonly FieldSchema[];
  readonly comment: string | null;
}

export interface ConstantSchema {
  readonly name: string;
  readonly value: number;
  readonly comment: string | null;
}

export interface FileSchema {
  readonly constants: readonly ConstantSchema[];
  readonly messages: readonly MessageSchema[];
}

/** Items a repeated field may hold unless it says `[(max_count) = n]`. */
const DEFAULT_MAX_COUNT = 1024;

const scalars: ReadonlySet<string> = new Set<Scalar>([
  "bool",
  "bytes",
  "double",
  "sint32",
  "string",
  "uint32",
]);

/**
 * Reads the supported part of proto3 out of one file.
 *
 * @throws Error naming the file, the message and the field that uses anything else.
 */
export function parseSchema(source: string, file: string): FileSchema {
  try {
    if (!/^\s*syntax\s*=\s*"proto3"\s*;/m.test(source)) fail('say `syntax = "proto3";`');
    const root = new protobuf.Root();
    const parsed = protobuf.parse(source, root, { alternateCommentMode: true });
    if (parsed.imports || parsed.weakImports) fail("imports are not supported");
    root.resolveAll();
    const scope = parsed.package === undefined ? root : root.lookup(parsed.package);
    const declared = scope instanceof protobuf.Namespace ? scope.nestedArray : [];
    const messages: MessageSchema[] = [];
    const constants: ConstantSchema[] = [];
    for (const item of declared) {
      if (item instanceof protobuf.Type) messages.push(readMessage(item));
      else if (item instanceof protobuf.Enum) constants.push(...readEnum(item));
      else fail(`${item.name}: only messages and enums are supported`);
    }
    for (const message of messages) refuseRecursion(message, messages, []);
    return { constants, messages };
  } catch (cause) {
    throw new Error(`${file}: ${cause instanceof Error ? cause.message : String(cause)}`, {
      cause,
    });
  }
}

function readMessage(type: protobuf.Type): MessageSchema {
  if (type.nestedArray.length > 0) fail(`${type.name}: declare nested types at the top level`);
  if (type.oneofsArray.some((oneof) => !oneof.isProto3Optional)) {
    fail(`${type.name}: oneof is not supported, use optional fields`);
  }
  const fields = type.fieldsArray.map((field) => readField(field, type.name));
  return { name: type.name, fields, comment: type.comment };
}

function readField(field: protobuf.Field, message: string): FieldSchema {
  const where = `${message}.${field.name}`;
  if (field instanceof protobuf.MapField) fail(`${where}: map<> is not supported`);
  const maxCount: unknown = field.options?.["(max_count)"] ?? DEFAULT_MAX_COUNT;
  if (typeof maxCount !== "number" || !Number.isInteger(maxCount) || maxCount < 1) {
    fail(`${where}: max_count must be a positive integer, got ${String(maxCount)}`);
  }
  const optional = field.options?.["proto3_optional"] === true;
  return {
    name: field.name,
    id: field.id,
    type: fieldType(field, where),
    rule: field.repeated ? "repeated" : optional ? "optional" : "single",
    maxCount,
    comment: field.comment,
  };
}

function fieldType(field: protobuf.Field, where: string): FieldSchema["type"] {
  if (field.resolvedType instanceof protobuf.Enum) return "uint32";
  if (field.resolvedType instanceof protobuf.Type) return { message: field.resolvedType.name };
  if (isScalar(field.type)) return field.type;
  return fail(
    field.type.endsWith("64")
      ? `${where}: 64-bit integers are not supported; use bytes for ids, double for counters`
      : `${where}: ${field.type} is not supported; use one of ${[...scalars].join(", ")}`,
  );
}

function isScalar(type: string): type is Scalar {
  return scalars.has(type);
}

function readEnum(type: protobuf.Enum): ConstantSchema[] {
  return Object.entries(type.values).map(([name, value]) => {
    if (value < 0) fail(`${type.name}.${name}: negative enum values are not supported`);
    return { name, value, comment: type.comments[name] ?? null };
  });
}

/** A message that can contain itself would let a few bytes per level overflow the stack. */
function refuseRecursion(
  message: MessageSchema,
  all: readonly MessageSchema[],
  path: readonly string[],
): void {
  if (path.includes(message.name)) {
    fail(`${[...path, message.name].join(" > ")}: recursive messages are not supported`);
  }
  for (const { type } of message.fields) {
    const inner = typeof type === "object" && all.find(({ name }) => name === type.message);
    if (inner) refuseRecursion(inner, all, [...path, message.name]);
  }
}

function fail(reason: string): never {
  throw new Error(reason);
}
