import { createSocket, type Socket } from "node:dgram";

import { closedLoop } from "../../processes/closed-loop.ts";
import type { Load, Loads } from "../../processes/load.ts";
import { messages, roundTrips } from "./loads.ts";
import { assertSmall, SMALL_BYTES, smallMessage } from "./messages.ts";

interface Endpoint {
  readonly echoPort: number;
  readonly countPort: number;
}

const HOST = "127.0.0.1";
/** Datagrams that are acknowledged together. */
const BATCH = 64;
/** Batches under way: two, so that the sender need not wait. Any socket buffer holds as much. */
const MAX_BATCHES = 2;

/** Sends every datagram of one port back, and on another says a word for every batch of them. */
export async function startServer(): Promise<Endpoint> {
  const echo = await openSocket();
  echo.on("message", (datagram, { port }) => echo.send(datagram, port, HOST));
  const count = await openSocket();
  const word = new Uint8Array(1);
  let received = 0;
  count.on("message", (_datagram, { port }) => {
    if (++received % BATCH === 0) count.send(word, port, HOST);
  });
  return { echoPort: echo.address().port, countPort: count.address().port };
}

/** Connected sockets are the fastest that there are. */
export async function startClient({ echoPort, countPort }: Endpoint): Promise<Loads> {
  return {
    [roundTrips.load]: await datagramRoundTrips(echoPort),
    [messages.load]: await countedDatagrams(countPort),
  };
}

async function datagramRoundTrips(port: number): Promise<Load> {
  const socket = await connectTo(port);
  let answered: (echo: Uint8Array) => void = () => {};
  socket.on("message", (echo) => answered(echo));
  return closedLoop(async (number) => {
    const answer = new Promise<Uint8Array>((resolve) => (answered = resolve));
    socket.send(smallMessage(number));
    assertSmall(number, await answer);
  }, 1);
}

/**
 * Datagrams that have arrived: a system takes them from a sender as fast as it can produce them,
 * and throws away what a receiver is too slow for. If one were lost even so, no answer would come,
 * and there would be no figure.
 */
async function countedDatagrams(port: number): Promise<Load> {
  const socket = await connectTo(port);
  let underWay = 0;
  let mayGoOn: () => void = () => {};
  socket.on("message", () => {
    underWay--;
    mayGoOn();
  });
  const below = async (batches: number): Promise<void> => {
    while (underWay >= batches) await new Promise<void>((resolve) => (mayGoOn = resolve));
  };
  return async (ms) => {
    const message = new Uint8Array(SMALL_BYTES);
    const begin = performance.now();
    let sent = 0;
    while (performance.now() < begin + ms) {
      await below(MAX_BATCHES);
      for (let i = 0; i < BATCH; i++) socket.send(message);
      underWay++;
      sent += BATCH;
    }
    await below(1);
    return { count: sent, elapsedMs: performance.now() - begin };
  };
}

async function connectTo(port: number): Promise<Socket> {
  const socket = await openSocket();
  await new Promise<void>((resolve) => socket.connect(port, HOST, resolve));
  return socket;
}

async function openSocket(): Promise<Socket> {
  // Addresses are numeric: no wait for a look-up.
  const socket = createSocket({
    type: "udp4",
    lookup: (name, _options, done) => done(null, name, 4),
  });
  await new Promise<void>((resolve) => socket.bind(0, HOST, resolve));
  return socket;
}
