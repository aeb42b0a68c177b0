import { fromHex, toHex } from "@selvage/core";
import { createMesh, defineService, generatePsk } from "@selvage/mesh";
import type { StandardSchemaV1 } from "@standard-schema/spec";

import type { Call } from "../../processes/closed-loop.ts";
import type { Loads } from "../../processes/load.ts";
import { callLoads } from "./loads.ts";
import { assertEcho, isMessage, type Message, messageOf } from "./message.ts";

interface Endpoint {
  readonly address: string;
  /** Hexadecimal. */
  readonly psk: string;
}

const message: StandardSchemaV1<Message> = {
  "~standard": {
    version: 1,
    vendor: "selvage-bench",
    validate: (value) =>
      isMessage(value) ? { value } : { issues: [{ message: "expected { id, name, tags }" }] },
  },
};

const echo = defineService({ name: "echo", input: message, output: message, idempotent: true });

/** Serves the echo as a user would: typed, validated, encrypted. */
export async function startServer(): Promise<Endpoint> {
  const psk = generatePsk();
  const mesh = await createMesh({ psk });
  mesh.serve(echo, (request) => request);
  return { address: mesh.address, psk: toHex(psk) };
}

/** Calls it by name, with retries. */
export async function startClient({ address, psk }: Endpoint): Promise<Loads> {
  const mesh = await createMesh({ psk: fromHex(psk), peers: [address] });
  const call: Call = async (id) =>
    assertEcho(id, await mesh.callService(echo, messageOf(id), { retry: true }));
  await call(0);
  return callLoads(call);
}
