import { fromHex, toHex } from "@selvage/core";
import { createMesh, generatePsk, type Mesh } from "@selvage/mesh";

import { echo } from "../../echo/contract.ts";
import { assertEcho, messageOf } from "../../echo/message.ts";
import type { Loads } from "../../processes/load.ts";
import { steadyLoads } from "./steady-load.ts";

interface Endpoint {
  readonly address: string;
  /** Hexadecimal. */
  readonly psk: string;
}

/** Serves the echo with its own name in it. */
export async function startServer(others: readonly Endpoint[]): Promise<Endpoint> {
  const psk = others[0]?.psk ?? toHex(generatePsk());
  const mesh = await join(psk, others);
  mesh.serve(echo, (request) => ({ ...request, name: mesh.nodeId }));
  return { address: mesh.address, psk };
}

/** Calls it with `retry: true`, and everything else at its default. */
export async function startClient(servers: readonly Endpoint[]): Promise<Loads> {
  const mesh = await join(servers[0]?.psk ?? "", servers);
  return await steadyLoads(async (number) => {
    const answer = await mesh.callService(echo, messageOf(number), { retry: true });
    assertEcho(number, answer);
    return answer.name;
  });
}

async function join(psk: string, others: readonly Endpoint[]): Promise<Mesh> {
  return await createMesh({ psk: fromHex(psk), peers: others.map(({ address }) => address) });
}
