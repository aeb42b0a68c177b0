import { connect } from "@nats-io/transport-node";

import { assertEcho, checkMessage, messageOf } from "../../echo/message.ts";
import { type NatsServer, startNatsServer } from "../../peers/nats-server.ts";
import type { Call } from "../../processes/closed-loop.ts";
import type { Loads } from "../../processes/load.ts";
import { callLoads } from "./loads.ts";

const SUBJECT = "echo";

/** Starts a server, and answers requests through it. */
export async function startServer(): Promise<NatsServer> {
  const server = await startNatsServer();
  const connection = await connect({ servers: server.address });
  connection.subscribe(SUBJECT, {
    callback: (error, request) => {
      if (error !== null) throw error;
      request.respond(JSON.stringify(checkMessage(request.json())));
    },
  });
  await connection.flush();
  return server;
}

/** Makes requests, with the time-out that they have by default. */
export async function startClient({ address }: NatsServer): Promise<Loads> {
  const connection = await connect({ servers: address });
  const call: Call = async (id) => {
    const answer = await connection.request(SUBJECT, JSON.stringify(messageOf(id)));
    assertEcho(id, checkMessage(answer.json()));
  };
  await call(0);
  return callLoads(call);
}
