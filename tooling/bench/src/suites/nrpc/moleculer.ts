import { assertEcho, type Message, messageOf } from "../../echo/message.ts";
import { createBroker, ECHO_ACTION, type MoleculerNode, startEcho } from "../../echo/moleculer.ts";
import type { Call } from "../../processes/closed-loop.ts";
import type { Loads } from "../../processes/load.ts";
import { callLoads } from "./loads.ts";

/** Serves the echo. */
export async function startServer(): Promise<MoleculerNode> {
  return await startEcho(createBroker("server", []), (message) => message);
}

/** Calls it by name. */
export async function startClient(server: MoleculerNode): Promise<Loads> {
  const broker = createBroker("client", [server]);
  await broker.start();
  await broker.waitForServices("echo", 10_000, 20);
  const call: Call = async (id) =>
    assertEcho(id, await broker.call<Message, Message>(ECHO_ACTION, messageOf(id)));
  await call(0);
  return callLoads(call);
}
