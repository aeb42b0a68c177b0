import { connect, type NatsConnection } from "@nats-io/transport-node";

import { assertEcho, checkMessage, messageOf } from "../../echo/message.ts";
import { type NatsServer, startNatsServer } from "../../peers/nats-server.ts";
import type { Loads } from "../../processes/load.ts";
import { REQUEST_TIMEOUT_MS } from "./request-timeout.ts";
import { steadyLoads } from "./steady-load.ts";

/** The server, and those who have connected to it before. */
type Others = readonly [NatsServer, ...object[]];

const SUBJECT = "echo";

/** The server is a process that nothing happens to. */
export const startBroker: () => Promise<NatsServer> = startNatsServer;

/** Joins the queue group, and answers with its own name. */
export async function startServer(others: Others): Promise<object> {
  const name = `provider${others.length}`;
  const connection = await connectTo(others);
  connection.subscribe(SUBJECT, {
    queue: "providers",
    callback: (error, request) => {
      if (error !== null) throw error;
      request.respond(JSON.stringify({ ...checkMessage(request.json()), name }));
    },
  });
  await connection.flush();
  return {};
}

/** Asks once, as its clients do: they have no retries of requests. */
export async function startClient(others: Others): Promise<Loads> {
  const connection = await connectTo(others);
  return await steadyLoads(async (number) => {
    const request = JSON.stringify(messageOf(number));
    const answer = await connection.request(SUBJECT, request, { timeout: REQUEST_TIMEOUT_MS });
    const message = checkMessage(answer.json());
    assertEcho(number, message);
    return message.name;
  });
}

async function connectTo([{ address }]: Others): Promise<NatsConnection> {
  return await connect({ servers: address });
}
