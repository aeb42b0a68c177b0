import { expect, test } from "vitest";

import { bytesCodec, defineService, isRpcError } from "../src/index.ts";
import { RpcWorld } from "./rpc-world.ts";

const echo = defineService({ name: "echo", codec: bytesCodec });

/** How many bytes come back of a body of so many, or the kind of the error. */
async function carried(bytes: number, maxBodyBytes?: number): Promise<unknown> {
  const world = new RpcWorld();
  const provider = world.start("provider", { maxBodyBytes });
  const caller = world.start("caller", { maxBodyBytes });
  await world.connect(caller, provider);
  provider.server.serve(echo, (request) => request);
  const body = new Uint8Array(bytes).fill(7);
  const answer = await world.try(caller, () => caller.client.callNode(provider.nodeId, echo, body));
  return isRpcError(answer) ? answer.kind : (answer as Uint8Array).length;
}

test("a body has at most 4 MiB unless a node is told otherwise", async () => {
  expect(await carried(4_194_304)).toBe(4_194_304);
  expect(await carried(4_194_305)).toBe("message-too-large");
});

test("a node may take as much as its transport carries, and no more", async () => {
  const largest = 16_777_216 - 1_000;
  expect(await carried(largest, 16_777_216)).toBe(largest);
  await expect(carried(1, 16_777_217)).rejects.toThrow(
    "maxBodyBytes must be a whole number from 1 to the transport's 16777216, got 16777217",
  );
});

test.each([0, -1, 1.5, Number.NaN, Number.POSITIVE_INFINITY])(
  "a limit of %d bytes is none",
  async (maxBodyBytes) => {
    await expect(carried(1, maxBodyBytes)).rejects.toThrow(RangeError);
  },
);
