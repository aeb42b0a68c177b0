import {
  Client,
  credentials,
  Server,
  ServerCredentials,
  type ServerUnaryCall,
  type sendUnaryData,
} from "@grpc/grpc-js";
import { fromJSON, type MethodDefinition } from "@grpc/proto-loader";

import { assertEcho, type Message, messageOf } from "../../echo/message.ts";
import type { Call } from "../../processes/closed-loop.ts";
import type { Loads } from "../../processes/load.ts";
import { callLoads } from "./loads.ts";

interface Endpoint {
  readonly address: string;
}

type Echo = MethodDefinition<Message, Message>;

const SERVICE = "bench.Echo";
const METHOD = "Message";

/** Serves the echo, in clear. */
export async function startServer(): Promise<Endpoint> {
  const server = new Server();
  server.addService(
    { [METHOD]: loadMethod() },
    {
      [METHOD]: ({ request }: ServerUnaryCall<Message, Message>, answer: sendUnaryData<Message>) =>
        answer(null, request),
    },
  );
  const port = await new Promise<number>((resolve, reject) => {
    server.bindAsync("127.0.0.1:0", ServerCredentials.createInsecure(), (error, bound) =>
      error === null ? resolve(bound) : reject(error),
    );
  });
  return { address: `127.0.0.1:${port}` };
}

/** Calls it over one connection, as gRPC does. */
export async function startClient({ address }: Endpoint): Promise<Loads> {
  const client = new Client(address, credentials.createInsecure());
  const { path, requestSerialize, responseDeserialize } = loadMethod();
  const request = (message: Message): Promise<Message> =>
    new Promise((resolve, reject) => {
      client.makeUnaryRequest<Message, Message>(
        path,
        requestSerialize,
        responseDeserialize,
        message,
        (error, answer) => {
          if (answer !== undefined) resolve(answer);
          else reject(error ?? new Error("neither an answer nor an error"));
        },
      );
    });
  const call: Call = async (id) => assertEcho(id, await request(messageOf(id)));
  await call(0);
  return callLoads(call);
}

/** The method as gRPC's loader makes it of a schema: protobuf, encoded by protobufjs. */
function loadMethod(): Echo {
  const message = {
    fields: {
      id: { type: "uint32", id: 1 },
      name: { type: "string", id: 2 },
      tags: { rule: "repeated", type: "string", id: 3 },
    },
  };
  const method = { requestType: "EchoMessage", responseType: "EchoMessage", comment: "" };
  const echo = { methods: { [METHOD]: method } };
  const definition = fromJSON({
    nested: { bench: { nested: { EchoMessage: message, Echo: echo } } },
  })[SERVICE];
  if (definition === undefined || !(METHOD in definition)) {
    throw new Error(`the loader made no ${SERVICE}`);
  }
  return definition[METHOD] as Echo;
}
