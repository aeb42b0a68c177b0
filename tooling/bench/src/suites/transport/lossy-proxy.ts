import { createSocket, type RemoteInfo } from "node:dgram";

import { seededRandom } from "@selvage/testing";
import { parseAddress } from "@selvage/transport/udp";

const HOST = "127.0.0.1";
/** Large enough that nothing is lost but by lot; the system may grant less. */
const BUFFER_BYTES = 4_194_304;

/** Stands between a server and its client. */
export interface LossyProxy extends Disposable {
  /** The server's address, as far as the client is concerned. */
  readonly address: string;
}

/** Draws lots of which a share is true: the same ones in every run. */
export function drawLots(share: number): () => boolean {
  const random = seededRandom("lossy proxy");
  return () => random.next() < share;
}

/**
 * Passes datagrams on between a server and the client that spoke last, but for a share of them,
 * either way.
 */
export async function startLossyProxy(server: string, lossRate: number): Promise<LossyProxy> {
  const { port: serverPort } = parseAddress(server);
  const isLost = drawLots(lossRate);
  const socket = createSocket({
    type: "udp4",
    lookup: (name, _options, done) => done(null, name, 4),
  });
  let clientPort = serverPort;
  socket.on("message", (datagram: Buffer, { port }: RemoteInfo) => {
    if (port !== serverPort) clientPort = port;
    if (!isLost()) socket.send(datagram, port === serverPort ? clientPort : serverPort, HOST);
  });
  await new Promise<void>((resolve) => socket.bind(0, HOST, resolve));
  socket.setRecvBufferSize(BUFFER_BYTES);
  socket.setSendBufferSize(BUFFER_BYTES);
  return {
    address: `${HOST}:${socket.address().port}`,
    [Symbol.dispose]: () => socket.close(),
  };
}
