import { createSocket, type Socket } from "node:dgram";
import { once } from "node:events";

import { parseAddress } from "@selvage/transport/udp";
import { expect, test } from "vitest";

import { startLossyProxy } from "../src/suites/transport/lossy-proxy.ts";

const HOST = "127.0.0.1";

async function openSocket(): Promise<Socket> {
  const socket = createSocket("udp4");
  socket.bind(0, HOST);
  await once(socket, "listening");
  return socket;
}

test("without loss, datagrams go there and back, whichever client speaks", async () => {
  const server = await openSocket();
  server.on("message", (datagram, { port }) => server.send(datagram, port, HOST));
  using proxy = await startLossyProxy(`${HOST}:${server.address().port}`, 0);
  const { port } = parseAddress(proxy.address);
  for (const text of ["one", "two"]) {
    const client = await openSocket();
    client.send(text, port, HOST);
    const [answer] = (await once(client, "message")) as [Uint8Array];
    expect(String(answer)).toBe(text);
    client.close();
  }
  server.close();
});
