import { type BrokerOptions, type Context, ServiceBroker } from "moleculer";

import type { Call } from "../../processes/closed-loop.ts";
import type { Loads } from "../../processes/load.ts";
import { callLoads } from "./loads.ts";
import { assertEcho, type Message, messageOf } from "./message.ts";

interface Endpoint {
  readonly nodeID: string;
  readonly port: number;
}

/** Serves the echo; parameters are validated, as ours are. */
export async function startServer(): Promise<Endpoint> {
  const nodeID = "server";
  const broker = new ServiceBroker(options(nodeID, []));
  broker.createService({
    name: "echo",
    actions: {
      message: {
        params: { id: "number", name: "string", tags: { type: "array", items: "string" } },
        handler: ({ params }: Context<Message>) => params,
      },
    },
  });
  await broker.start();
  const { port } = broker.getLocalNodeInfo();
  if (port === null) throw new Error("the TCP transporter has no port");
  return { nodeID, port };
}

/** Calls it by name. */
export async function startClient({ nodeID, port }: Endpoint): Promise<Loads> {
  const broker = new ServiceBroker(options("client", [`tcp://127.0.0.1:${port}/${nodeID}`]));
  await broker.start();
  await broker.waitForServices("echo", 10_000, 20);
  const call: Call = async (id) =>
    assertEcho(id, await broker.call<Message, Message>("echo.message", messageOf(id)));
  await call(0);
  return callLoads(call);
}

/**
 * Everything at its default (JSON, no metrics, no tracing, no retries), but for the log, and for
 * finding each other: a multicast would reach other nodes than these two.
 */
function options(nodeID: string, urls: readonly string[]): BrokerOptions {
  return {
    nodeID,
    namespace: "selvage-bench",
    logger: false,
    skipProcessEventRegistration: true,
    transporter: { type: "TCP", options: { udpDiscovery: false, urls, useHostname: false } },
  };
}
