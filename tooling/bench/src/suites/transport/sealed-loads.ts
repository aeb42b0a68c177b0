import type { MessageStream, Peer, Transport } from "@selvage/transport";

import { closedLoop } from "../../processes/closed-loop.ts";
import type { Load, Loads } from "../../processes/load.ts";
import { bulk, messages, requests, roundTrips } from "./loads.ts";
import {
  assertSmall,
  BULK_BYTES,
  decodeTally,
  encodeTally,
  SMALL_BYTES,
  smallMessage,
} from "./messages.ts";

const ECHO = 1;
const COUNT = 2;

/** Serves both protocols: every message back, and a tally of all at the end. */
export function serveSealed(transport: Transport): void {
  transport.serve(ECHO, (stream) => void echo(stream));
  transport.serve(COUNT, (stream) => void count(stream));
}

/** What a client can do with such a server. */
export function sealedLoads(peer: Peer): Loads {
  // Opened when it is needed: a stream on which nothing was sent is none to the other end yet.
  let open: MessageStream | undefined;
  return {
    [roundTrips.load]: closedLoop(async (number) => {
      open ??= peer.openStream(ECHO, { watched: true });
      open.send(smallMessage(number));
      assertSmall(number, await open.receive());
    }, 1),
    [requests.load]: closedLoop(async (number) => {
      const stream = peer.openStream(ECHO, { watched: true });
      stream.end(smallMessage(number));
      assertSmall(number, await stream.receive());
    }, 1),
    [messages.load]: oneWay(peer, SMALL_BYTES, 64),
    [bulk.load]: oneWay(peer, BULK_BYTES, 1),
  };
}

/** Sends for so long, a batch between two looks at the clock, and has the receiver count. */
function oneWay(peer: Peer, bytes: number, batch: number): Load {
  return async (ms) => {
    // Streams keep messages until they are acknowledged; nobody writes to this one.
    const message = new Uint8Array(bytes);
    const stream = peer.openStream(COUNT, { watched: true });
    const begin = performance.now();
    let sent = 0;
    for (; performance.now() < begin + ms; sent += batch) {
      for (let i = 0; i < batch; i++) await stream.sendBlocking(message);
    }
    stream.end();
    const tally = decodeTally(await stream.receive());
    const elapsedMs = performance.now() - begin;
    if (tally.messages !== sent || tally.bytes !== sent * bytes) {
      throw new Error(`of ${sent} messages ${tally.messages} arrived, ${tally.bytes} bytes`);
    }
    return { count: sent, elapsedMs };
  };
}

async function echo(stream: MessageStream): Promise<void> {
  for (;;) {
    const message = await stream.receive();
    if (message === undefined) break;
    stream.send(message);
  }
  stream.end();
}

async function count(stream: MessageStream): Promise<void> {
  let received = 0;
  let bytes = 0;
  for (;;) {
    const message = await stream.receive();
    if (message === undefined) break;
    received++;
    bytes += message.length;
  }
  stream.end(encodeTally({ messages: received, bytes }));
}
