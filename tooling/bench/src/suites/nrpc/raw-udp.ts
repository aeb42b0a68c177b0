import { createSocket, type Socket } from "node:dgram";

import { messageOf } from "../../echo/message.ts";
import type { Call } from "../../processes/closed-loop.ts";
import type { Loads } from "../../processes/load.ts";
import { callLoads } from "./loads.ts";

interface Endpoint {
  readonly port: number;
}

const HOST = "127.0.0.1";

/** Sends every datagram back: what two system calls and two wake-ups cost, and nothing else. */
export async function startServer(): Promise<Endpoint> {
  const socket = openSocket();
  socket.on("message", (datagram, { port }) => socket.send(datagram, port, HOST));
  await new Promise<void>((resolve) => socket.bind(0, HOST, resolve));
  return { port: socket.address().port };
}

/** One call at a time; a connected socket is the fastest there is. */
export async function startClient({ port }: Endpoint): Promise<Loads> {
  const socket = openSocket();
  await new Promise<void>((resolve) => socket.connect(port, HOST, resolve));
  const bytes = Buffer.from(JSON.stringify(messageOf(0)));
  let answered: (echo: Uint8Array) => void = () => {};
  socket.on("message", (echo) => answered(echo));
  const call: Call = async (id) => {
    const answer = new Promise<Uint8Array>((resolve) => (answered = resolve));
    socket.send(bytes);
    const { length } = await answer;
    if (length !== bytes.length) throw new Error(`call ${id} got ${length} bytes`);
  };
  await call(0);
  return callLoads(call);
}

/** Addresses are numeric: no wait for a look-up. */
function openSocket(): Socket {
  return createSocket({ type: "udp4", lookup: (name, _options, done) => done(null, name, 4) });
}
