import { isTransportError } from "@selvage/transport";
import { createMemoryNetwork } from "@selvage/transport/memory";
import { expect, test } from "vitest";

import { createMesh, defineService, generatePsk, type MeshConfig } from "../src/index.ts";

const failure = async (config: unknown): Promise<unknown> => {
  try {
    await createMesh(config as MeshConfig);
  } catch (error) {
    return error;
  }
  throw new Error("the node started");
};

test.each([undefined, {}, { psk: undefined, peers: [] }])(
  "a node without a key (%o) is told what it lacks",
  async (config) => {
    const error = await failure(config);
    expect(error).toBeInstanceOf(TypeError);
    expect(String(error)).toContain("psk is required");
  },
);

test.each(["127.0.0.1:7000", 7_000, { first: "127.0.0.1:7000" }, null])(
  "peers that are no list (%o) are refused",
  async (peers) => {
    const error = await failure({ psk: generatePsk(), peers });
    expect(error).toBeInstanceOf(TypeError);
    expect(String(error)).toContain("peers must be a list of addresses");
  },
);

test.each(["127.0.0.1", "127.0.0.1:", "127.0.0.1:70000", ":7000", "", 7_000])(
  "a peer at %o has no address, and says so before anything is dialled",
  async (address) => {
    const error = await failure({ psk: generatePsk(), peers: ["127.0.0.1:7000", address] });
    expect(error instanceof TypeError || isTransportError(error, "address")).toBe(true);
    expect(String(error)).toContain(String(address));
  },
);

test.each([
  [{ peer: ["127.0.0.1:7000"] }, 'config has no property "peer"'],
  [{ listen: 7_000 }, "an address must be a text of the form host:port, got 7000"],
  [{ identity: new Uint8Array(32) }, "Identity.fromSeed() reads a stored one"],
  [{ limits: { maxMesageBytes: 1_000_000 } }, 'limits has no property "maxMesageBytes"'],
])("a misspelt or mistaken option (%o) is named, not ignored", async (config, text) => {
  const error = await failure({ psk: generatePsk(), ...config });
  expect(error).toBeInstanceOf(TypeError);
  expect(String(error)).toContain(text);
});

test("what is no capability set is refused where it is passed in, by name", async () => {
  const tags = { tags: ["x"] } as never;
  await expect(createMesh({ psk: generatePsk(), capabilities: ["x"] as never })).rejects.toThrow(
    "capabilities must be a CapabilitySet (CapabilitySet.from does it), got a list",
  );
  const driver = createMemoryNetwork().bind("a:1");
  const mesh = await createMesh({ psk: generatePsk(), driver });
  expect(() => mesh.announce(tags)).toThrow("capabilities must be a CapabilitySet");
  mesh.serve("hello", () => "hello");
  expect(mesh.findProviders("hello").length).toBe(1);
  expect(mesh.findProviders(defineService({ name: "hello" })).length).toBe(1);
  await mesh.close();
});
