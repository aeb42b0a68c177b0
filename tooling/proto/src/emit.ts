import { emitCases, emitProperty, emitWrite, emitZero } from "./field.ts";
import { helpers } from "./helpers.ts";
import type { FileSchema, MessageSchema } from "./schema.ts";

/** Writes the TypeScript module of one schema, not yet formatted. */
export function emitModule(schema: FileSchema, protoName: string): string {
  const constants = schema.constants.map(
    ({ name, value, comment }) => `${doc(comment)}export const ${name} = ${value};`,
  );
  const body = [...constants, ...schema.messages.map(emitMessage)].join("\n\n");
  const used = Object.entries(helpers)
    .filter(([name]) => body.includes(`${name}(`))
    .map(([, source]) => source);
  return [
    `// Written by \`pnpm proto\` from ${protoName}: change that file, then run it again.`,
    'import { Reader, Writer } from "protobufjs/minimal.js";',
    body,
    ...used,
  ].join("\n\n");
}

function emitMessage({ name, fields, comment }: MessageSchema): string {
  const label = (field: { readonly name: string }): string => `"${name}.${field.name}"`;
  const properties = fields.map((field) => doc(field.comment) + emitProperty(field));
  const writes = fields.map((field) => emitWrite(field, label(field)));
  const cases = fields.map((field) => emitCases(field, label(field)));
  return `
${doc(comment)}export interface ${name} {
  ${properties.join("\n")}
}

/** Encodes a {@link ${name}}. The bytes belong to the caller. */
export function encode${name}(message: ${name}): Uint8Array {
  return write${name}(new Writer(), message).finish(true);
}

/**
 * Decodes a {@link ${name}}. Nothing in it refers to \`bytes\`.
 *
 * @throws RangeError when the bytes are malformed.
 */
export function decode${name}(bytes: Uint8Array): ${name} {
  const message = {
    ${fields.map(emitZero).join("\n")}
  };
  try {
    const reader = new Reader(bytes);
    while (reader.pos < reader.len) {
      const tag = reader.tag();
      switch (tag) {
        ${cases.join("\n")}
        default:
          skipField(reader, tag, [${fields.map(({ id }) => id).join(", ")}]);
      }
    }
  } catch (cause) {
    throw malformed("${name}", cause);
  }
  return message;
}

function write${name}(writer: Writer, message: ${name}): Writer {
  ${writes.join("\n")}
  return writer;
}`;
}

function doc(comment: string | null): string {
  if (comment === null) return "";
  const lines = comment.replaceAll("*/", "*\\/").split("\n");
  return lines.length === 1 ? `/** ${lines[0]} */\n` : `/**\n * ${lines.join("\n * ")}\n */\n`;
}
