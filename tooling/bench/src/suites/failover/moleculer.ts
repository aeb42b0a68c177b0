import type { BrokerOptions } from "moleculer";

import { assertEcho, type Message, messageOf } from "../../echo/message.ts";
import { createBroker, ECHO_ACTION, type MoleculerNode, startEcho } from "../../echo/moleculer.ts";
import type { Loads } from "../../processes/load.ts";
import { REQUEST_TIMEOUT_MS } from "./request-timeout.ts";
import { steadyLoads } from "./steady-load.ts";

/**
 * What its documentation offers against failures, switched on with the numbers that it gives;
 * without a time limit, which is the default, a call to a frozen node would wait until that thaws.
 */
const resilience: BrokerOptions = {
  requestTimeout: REQUEST_TIMEOUT_MS,
  retryPolicy: { enabled: true, retries: 5, delay: 100, maxDelay: 1_000, factor: 2 },
  circuitBreaker: {
    enabled: true,
    threshold: 0.5,
    windowTime: 60,
    minRequestCount: 20,
    halfOpenTime: 10_000,
  },
};

/** Serves the echo with its own name in it. */
export async function startServer(others: readonly MoleculerNode[]): Promise<MoleculerNode> {
  const nodeID = `provider${others.length + 1}`;
  const broker = createBroker(nodeID, others, resilience);
  return await startEcho(broker, (message) => ({ ...message, name: nodeID }));
}

/** Calls it by name. */
export async function startClient(servers: readonly MoleculerNode[]): Promise<Loads> {
  const broker = createBroker("client", servers, resilience);
  await broker.start();
  return await steadyLoads(async (number) => {
    const answer = await broker.call<Message, Message>(ECHO_ACTION, messageOf(number));
    assertEcho(number, answer);
    return answer.name;
  });
}
