import { fromHex, fromUtf8, toHex, utf8 } from "@selvage/core";
import { generatePsk, Identity } from "@selvage/identity";
import { createTransport, type MessageStream, type Transport } from "@selvage/transport";
import { createUdpDriver } from "@selvage/transport/udp";

import { assertEcho, type Message, messageOf } from "../../echo/message.ts";
import type { Call } from "../../processes/closed-loop.ts";
import type { Loads } from "../../processes/load.ts";
import { callLoads } from "./loads.ts";

interface Endpoint {
  readonly address: string;
  /** Hexadecimal. */
  readonly psk: string;
}

const PROTOCOL = 7;

/** Echoes the one message of each stream: what a call costs without anything above the transport. */
export async function startServer(): Promise<Endpoint> {
  const psk = generatePsk();
  const transport = await open(psk);
  transport.serve(PROTOCOL, (stream) => void answer(stream));
  return { address: transport.address, psk: toHex(psk) };
}

/** Opens a stream per call. */
export async function startClient({ address, psk }: Endpoint): Promise<Loads> {
  const transport = await open(fromHex(psk));
  const peer = await transport.connect({ address });
  const call: Call = async (id) => {
    const stream = peer.openStream(PROTOCOL, { watched: true });
    stream.send(utf8(JSON.stringify(messageOf(id))));
    stream.end();
    const bytes = await stream.receive();
    if (bytes === undefined) throw new Error(`call ${id} got no answer`);
    assertEcho(id, JSON.parse(fromUtf8(bytes)) as Message);
  };
  await call(0);
  return callLoads(call);
}

async function open(psk: Uint8Array): Promise<Transport> {
  const driver = await createUdpDriver();
  return createTransport({ driver, identity: Identity.generate() }, { psk });
}

async function answer(stream: MessageStream): Promise<void> {
  const message = await stream.receive();
  if (message !== undefined) stream.send(message);
  stream.end();
}
