import { type BrokerOptions, type Context, ServiceBroker } from "moleculer";

import type { Message } from "./message.ts";

/** How a Moleculer node is found. */
export interface MoleculerNode {
  readonly nodeID: string;
  readonly port: number;
}

/** Where the echo is called. */
export const ECHO_ACTION = "echo.message";

/**
 * A Moleculer node, not started yet. Everything is at its default (JSON, no metrics, no tracing, no
 * retries) but for `more`, the log, and finding each other: a multicast would reach other nodes
 * than these.
 */
export function createBroker(
  nodeID: string,
  others: readonly MoleculerNode[],
  more: BrokerOptions = {},
): ServiceBroker {
  const urls = others.map((other) => `tcp://127.0.0.1:${other.port}/${other.nodeID}`);
  return new ServiceBroker({
    nodeID,
    namespace: "selvage-bench",
    logger: false,
    skipProcessEventRegistration: true,
    transporter: { type: "TCP", options: { udpDiscovery: false, urls, useHostname: false } },
    ...more,
  });
}

/** Serves the echo and starts; parameters are validated, as ours are. */
export async function startEcho(
  broker: ServiceBroker,
  answer: (message: Message) => Message,
): Promise<MoleculerNode> {
  broker.createService({
    name: "echo",
    actions: {
      message: {
        params: { id: "number", name: "string", tags: { type: "array", items: "string" } },
        handler: ({ params }: Context<Message>) => answer(params),
      },
    },
  });
  await broker.start();
  const { port } = broker.getLocalNodeInfo();
  if (port === null) throw new Error("the TCP transporter has no port");
  return { nodeID: broker.nodeID, port };
}
