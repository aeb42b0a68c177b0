import type { FieldSchema, Scalar } from "./schema.ts";

interface ScalarFacts {
  readonly type: string;
  readonly zero: string;
  readonly wireType: 0 | 1 | 2;
  /** The expression that reads one from `from`. */
  readonly read: (from: string) => string;
  /** The call on the writer that writes `value`; `label` names the field in errors. */
  readonly write: (value: string, label: string) => string;
  /** Proto3 does not write zero values. */
  readonly isPresent: (value: string) => string;
}

const scalars: Readonly<Record<Scalar, ScalarFacts>> = {
  bool: {
    type: "boolean",
    zero: "false",
    wireType: 0,
    read: (from) => `${from}.bool()`,
    write: (value) => `bool(${value})`,
    isPresent: (value) => value,
  },
  bytes: {
    type: "Uint8Array",
    zero: "new Uint8Array(0)",
    wireType: 2,
    read: (from) => `new Uint8Array(${from}.bytes())`,
    write: (value) => `bytes(${value})`,
    isPresent: (value) => `${value}.length > 0`,
  },
  double: {
    type: "number",
    zero: "0",
    wireType: 1,
    read: (from) => `${from}.double()`,
    write: (value) => `double(${value})`,
    isPresent: (value) => `!Object.is(${value}, 0)`,
  },
  sint32: {
    type: "number",
    zero: "0",
    wireType: 0,
    read: (from) => `${from}.sint32()`,
    write: (value, label) => `sint32(checkSint32(${value}, ${label}))`,
    isPresent: (value) => `${value} !== 0`,
  },
  string: {
    type: "string",
    zero: '""',
    wireType: 2,
    read: (from) => `${from}.stringVerify()`,
    write: (value) => `string(${value})`,
    isPresent: (value) => `${value} !== ""`,
  },
  uint32: {
    type: "number",
    zero: "0",
    wireType: 0,
    read: (from) => `${from}.uint32()`,
    write: (value, label) => `uint32(checkUint32(${value}, ${label}))`,
    isPresent: (value) => `${value} !== 0`,
  },
};

/** The TypeScript type of one value of the field. */
function typeOf({ type }: FieldSchema): string {
  return typeof type === "object" ? type.message : scalars[type].type;
}

/** The property of the field in its interface. */
export function emitProperty(field: FieldSchema): string {
  const type = typeOf(field);
  if (field.rule === "repeated") return `readonly ${field.name}: readonly ${type}[];`;
  if (mayBeAbsent(field)) return `readonly ${field.name}?: ${type} | undefined;`;
  return `readonly ${field.name}: ${type};`;
}

/** The property of the field in a message that nothing was read into yet. */
export function emitZero(field: FieldSchema): string {
  const type = typeOf(field);
  if (field.rule === "repeated") return `${field.name}: [] as ${type}[],`;
  if (mayBeAbsent(field) || typeof field.type === "object") {
    return `${field.name}: undefined as ${type} | undefined,`;
  }
  return `${field.name}: ${scalars[field.type].zero},`;
}

/** The statements that write the field of `message`. */
export function emitWrite(field: FieldSchema, label: string): string {
  const value = `message.${field.name}`;
  if (field.rule === "repeated") {
    const items = `checkCount(${value}, ${field.maxCount}, ${label})`;
    if (!isPackable(field))
      return `for (const item of ${items}) ${writeTagged(field, "item", label)}`;
    return `if (${value}.length > 0) {
        writer.uint32(${tag(field.id, 2)}).fork();
        for (const item of ${items}) writer.${writeCall(field, "item", label)};
        writer.ldelim();
      }`;
  }
  const isPresent =
    mayBeAbsent(field) || typeof field.type === "object"
      ? `${value} !== undefined`
      : scalars[field.type].isPresent(value);
  return `if (${isPresent}) ${writeTagged(field, value, label)}`;
}

/** The cases that read the field from `reader` into `message`, in every wire form that proto3 allows. */
export function emitCases(field: FieldSchema, label: string): string {
  const value = `message.${field.name}`;
  if (field.rule !== "repeated") {
    return `case ${tag(field.id, wireType(field))}:
        ${value} = ${readExpression(field, "reader")};
        break;`;
  }
  const append = (from: string): string =>
    `append(${value}, ${readExpression(field, from)}, ${field.maxCount}, ${label});`;
  const packed = `case ${tag(field.id, 2)}: {
        const packed = new Reader(reader.bytes());
        while (packed.pos < packed.len) ${append("packed")}
        break;
      }`;
  const single = `case ${tag(field.id, wireType(field))}:
        ${append("reader")}
        break;`;
  return isPackable(field) ? `${single}\n${packed}` : single;
}

function mayBeAbsent({ rule, type }: FieldSchema): boolean {
  return rule === "optional" || typeof type === "object";
}

function isPackable(field: FieldSchema): boolean {
  return wireType(field) !== 2;
}

function wireType({ type }: FieldSchema): 0 | 1 | 2 {
  return typeof type === "object" ? 2 : scalars[type].wireType;
}

function tag(id: number, wire: 0 | 1 | 2): number {
  return id * 8 + wire;
}

function readExpression({ type }: FieldSchema, from: string): string {
  return typeof type === "object"
    ? `decode${type.message}(${from}.bytes())`
    : scalars[type].read(from);
}

function writeTagged(field: FieldSchema, value: string, label: string): string {
  const start = `writer.uint32(${tag(field.id, wireType(field))})`;
  return typeof field.type === "object"
    ? `write${field.type.message}(${start}.fork(), ${value}).ldelim();`
    : `${start}.${writeCall(field, value, label)};`;
}

function writeCall({ type }: FieldSchema, value: string, label: string): string {
  if (typeof type === "object") throw new TypeError(`${label} is a message, not a scalar`);
  return scalars[type].write(value, label);
}
