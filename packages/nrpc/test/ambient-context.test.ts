import { executionAsyncResource } from "node:async_hooks";

import { expect, test } from "vitest";

import { type AmbientContext, type CallContext, createAmbientContext } from "../src/index.ts";

const contextOf = (service: string): CallContext => ({ service }) as CallContext;

const seen = (...nodes: readonly AmbientContext[]): (string | undefined)[] =>
  nodes.map((node) => node.getStore()?.service);

test("nodes of one process each know their own call, whichever began within which", async () => {
  const [a, b] = [createAmbientContext(), createAmbientContext()];
  await a.run(contextOf("outer"), async () => {
    await Promise.resolve();
    expect(seen(a, b)).toEqual(["outer", undefined]);
    await b.run(contextOf("inner"), async () => {
      await Promise.resolve();
      expect(seen(a, b)).toEqual(["outer", "inner"]);
      a.run(contextOf("innermost"), () => expect(seen(a, b)).toEqual(["innermost", "inner"]));
      a.exit(() => expect(seen(a, b)).toEqual([undefined, "inner"]));
      b.exit(() => expect(seen(a, b)).toEqual(["outer", undefined]));
    });
    expect(seen(a, b)).toEqual(["outer", undefined]);
    a.exit(() => expect(seen(a, b)).toEqual([undefined, undefined]));
  });
  expect(seen(a, b)).toEqual([undefined, undefined]);
});

test("nodes that come and go leave nothing behind for what runs later", () => {
  const stores = (): number => {
    const resource: object = executionAsyncResource();
    return Object.getOwnPropertySymbols(resource).length;
  };
  createAmbientContext().run(contextOf("first"), () => {});
  const before = stores();
  for (let i = 0; i < 100; i++) createAmbientContext().run(contextOf("later"), () => {});
  expect(stores()).toBe(before);
});
