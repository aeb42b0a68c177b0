import { fromHex, toHex } from "@selvage/core";
import { createMesh, generatePsk } from "@selvage/mesh";

import { echo } from "../../echo/contract.ts";
import { assertEcho, messageOf } from "../../echo/message.ts";
import type { Call } from "../../processes/closed-loop.ts";
import type { Loads } from "../../processes/load.ts";
import { callLoads } from "./loads.ts";

interface Endpoint {
  readonly address: string;
  /** Hexadecimal. */
  readonly psk: string;
}

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
