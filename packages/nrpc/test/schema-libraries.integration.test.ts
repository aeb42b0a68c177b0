import type { StandardSchemaV1 } from "@standard-schema/spec";
import { toStandardJsonSchema } from "@valibot/to-json-schema";
import * as v from "valibot";
import { describe, expect, expectTypeOf, test } from "vitest";
import * as z from "zod";

import {
  type AnyContract,
  bytesCodec,
  defineService,
  type ServeHandle,
  type ServiceContract,
} from "../src/index.ts";
import { schemaHash } from "../src/schema-hash.ts";
import { RpcWorld, type RpcNode } from "./rpc-world.ts";
import { person, text } from "./schemas.ts";

const zodGreet = defineService({
  name: "greet",
  input: z.object({
    name: z.string().min(1),
    since: z.iso.date().transform((day) => new Date(day)),
  }),
  output: z.object({ text: z.string(), year: z.int() }),
});
const valibotGreet = defineService({
  name: "greet",
  input: v.object({
    name: v.pipe(v.string(), v.minLength(1)),
    since: v.pipe(
      v.string(),
      v.isoDate(),
      v.transform((day) => new Date(day)),
    ),
  }),
  output: v.object({ text: v.string(), year: v.pipe(v.number(), v.integer()) }),
});

/** A provider that serves a contract, and a caller that knows of it. */
async function bench(
  serve: (node: RpcNode) => ServeHandle,
): Promise<{ readonly world: RpcWorld; readonly caller: RpcNode; readonly provider: RpcNode }> {
  const world = new RpcWorld();
  const [provider, caller] = [world.start("provider"), world.start("caller")];
  await world.connect(caller, provider);
  const { service } = await world.act(provider, () => serve(provider));
  await world.sim.runUntil(() => caller.index.find({ tags: [`nrpc:${service}`] }).length === 1);
  return { world, caller, provider };
}

type Greet = ServiceContract<
  StandardSchemaV1<{ name: string; since: string }, { name: string; since: Date }>,
  StandardSchemaV1<{ text: string; year: number }>
>;
describe.each<[string, Greet]>([
  ["zod", zodGreet],
  ["valibot", valibotGreet],
])("a contract with schemas of %s", (_, greet) => {
  const answering = (): ReturnType<typeof bench> =>
    bench(({ server }) =>
      server.serve(greet, ({ name, since }) => ({
        text: `hello ${name}`,
        year: since.getUTCFullYear(),
      })),
    );

  test("types both ends, and transforms at the provider", async () => {
    const { world, caller } = await answering();
    const answer = await world.act(caller, () =>
      caller.client.callService(greet, { name: "Ada", since: "1835-06-08" }),
    );
    expect(answer).toEqual({ text: "hello Ada", year: 1835 });
    expectTypeOf(answer).toEqualTypeOf<{ text: string; year: number }>();
  });

  test("refuses what does not match, at the caller and at the provider", async () => {
    const { world, caller, provider } = await answering();
    const bad = { kind: "bad-request", delivered: "never" };
    const own = await world.try(caller, () =>
      caller.client.callService(greet, { name: "", since: "1835-06-08" }),
    );
    expect(own).toMatchObject({ ...bad, provider: undefined });
    expect(String(own)).toContain("name: ");
    const theirs = await world.try(caller, () =>
      caller.client.callService("greet", { name: "Ada", since: "a while ago" }),
    );
    expect(theirs).toMatchObject({ ...bad, provider: provider.nodeId });
    expect(String(theirs)).toContain("since: ");
  });

  test("refuses an answer that does not match", async () => {
    const { world, caller } = await bench(({ server }) =>
      server.serve("greet", () => ({ text: "hello", year: 1835.5 })),
    );
    const error = await world.try(caller, () =>
      caller.client.callService(greet, { name: "Ada", since: "1835-06-08" }),
    );
    expect(error).toMatchObject({ kind: "bad-response", delivered: "maybe" });
    expect(String(error)).toContain("year: ");
  });
});

describe("the schema hash", () => {
  const point = (z2: z.ZodType): AnyContract => defineService({ name: "point", input: z2 });

  test("is the same for the same schema, in whatever order and whichever library", () => {
    const inZod = point(z.object({ x: z.number(), y: z.number() }));
    const hash = schemaHash(inZod);
    expect(hash).toMatch(/^[0-9a-f]{16}$/);
    const inValibot = defineService({
      name: "other",
      input: toStandardJsonSchema(v.object({ x: v.number(), y: v.number() })),
    });
    expect(schemaHash(inValibot)).toBe(hash);
    expect(schemaHash(point(z.object({ x: z.number(), y: z.string() })))).not.toBe(hash);
    expect(schemaHash(defineService({ name: "point", output: inZod.input }))).not.toBe(hash);
  });

  test("is none without schemas, or where a library or a schema has no JSON Schema", () => {
    expect(schemaHash(defineService({ name: "x" }))).toBeUndefined();
    expect(schemaHash(defineService({ name: "x", input: text, output: person }))).toBeUndefined();
    expect(schemaHash(defineService({ name: "x", input: v.string() }))).toBeUndefined();
    expect(schemaHash(point(z.bigint()))).toBeUndefined();
  });

  const wide = z.object({ size: z.number() });
  const narrow = z.object({ size: z.number().max(9) });

  test("tells both kinds of error that the ends differ, in every shape", async () => {
    const theirs = defineService({ name: "unary", input: narrow, output: wide });
    const ours = defineService({ name: "unary", input: wide, output: narrow });
    const streamed = { name: "streamed", shape: "server-stream" } as const;
    const { world, caller, provider } = await bench(({ server }) => {
      server.serve(defineService({ ...streamed, input: narrow, output: wide }), ({ size }) => [
        { size: size * 10 },
      ]);
      return server.serve(theirs, ({ size }) => ({ size: size * 10 }));
    });
    const both = async (size: number): Promise<unknown[]> => [
      await world.try(caller, () => caller.client.callService(ours, { size })),
      await world.try(caller, async () => {
        const contract = defineService({ ...streamed, input: wide, output: narrow });
        for await (const _ of caller.client.callNode(provider.nodeId, contract, { size }));
      }),
    ];
    const hashes = [schemaHash(ours), schemaHash(theirs)].join(", ");
    for (const error of await both(10)) {
      expect(error).toMatchObject({ kind: "bad-request", provider: provider.nodeId });
      expect(String(error)).toContain(`caller and provider have different schemas (${hashes})`);
    }
    for (const error of await both(1)) {
      expect(error).toMatchObject({ kind: "bad-response", provider: provider.nodeId });
      expect(String(error)).toContain(`caller and provider have different schemas (${hashes})`);
    }
  });

  test("says nothing where the ends agree, or one of them has none", async () => {
    const same = defineService({ name: "same", output: narrow });
    const { world, caller } = await bench(({ server }) => {
      server.serve("bare", () => ({ size: 10 }));
      return server.serve(same, () => ({ size: 10 }));
    });
    for (const contract of [same, defineService({ name: "bare", output: narrow })]) {
      const error = await world.try(caller, () => caller.client.callService(contract, undefined));
      expect(error).toMatchObject({ kind: "bad-response" });
      expect(String(error)).not.toContain("different schemas");
    }
  });
});

test("bytes travel as they are with the bytes codec, and nothing else does", async () => {
  const blob = defineService({ name: "blob", codec: bytesCodec, input: z.instanceof(Uint8Array) });
  const { world, caller } = await bench(({ server }) =>
    server.serve(blob, (bytes) => bytes.toReversed()),
  );
  const { client } = caller;
  expect(await world.act(caller, () => client.callService(blob, Uint8Array.of(1, 0, 255)))).toEqual(
    Uint8Array.of(255, 0, 1),
  );
  expect(bytesCodec.encode(undefined)).toHaveLength(0);
  expect(() => bytesCodec.encode("text")).toThrow(TypeError);
  const error = await world.try(caller, () => client.callService(blob, "text" as never));
  expect(error).toMatchObject({ kind: "bad-request", delivered: "never" });
});
