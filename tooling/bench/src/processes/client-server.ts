import type { Contestant, RoundPlan, Sample } from "../suite.ts";
import { Child } from "./child.ts";
import type { MeasuredLoad } from "./measured-load.ts";

/** A contestant whose server and client are processes of their own. */
export interface ClientServerConfig {
  readonly name: string;
  readonly peer?: string | undefined;
  /** Module of the child processes; it calls `serveRequests`. */
  readonly module: URL;
  /** Measured one after the other. */
  readonly loads: readonly MeasuredLoad[];
}

/** Makes such a contestant. Every round has new processes. */
export function clientServer(config: ClientServerConfig): Contestant {
  return { name: config.name, peer: config.peer, run: (plan) => runRound(config, plan) };
}

async function runRound(config: ClientServerConfig, plan: RoundPlan): Promise<Sample[]> {
  const { name: contestant, module, loads } = config;
  const { measureMs: ms } = plan;
  await using server = new Child(module, "the server");
  await using client = new Child(module, "the client");
  const endpoint = await server.request("start", { contestant, role: "server" });
  await client.request("start", { contestant, role: "client", endpoint });
  if (plan.cores !== undefined) {
    await server.pin(plan.cores[0]);
    await client.pin(plan.cores[1]);
  }
  // Code that one load has made fast serves the others too: all of it is warm before anything counts.
  for (const { load } of loads) await client.request("load", { load, ms }, ms);
  const samples: Sample[] = [];
  for (const load of loads) samples.push(...(await measure(server, client, load, plan)));
  return samples;
}

async function measure(
  server: Child,
  client: Child,
  { load, of, counted, figures }: MeasuredLoad,
  { measureMs: ms }: RoundPlan,
): Promise<Sample[]> {
  await server.request("watch", {});
  await client.request("watch", {});
  const result = await client.request("load", { load, ms }, ms);
  const used = [await client.request("usage", {}), await server.request("usage", {})];
  const cpuMs = used.reduce((sum, usage) => sum + usage.cpuMs, 0);
  const loopDelayMs = Math.max(...used.map((usage) => usage.loopDelayMs));
  return [
    ...figures(result),
    { metric: `cpu${of}`, unit: `µs/${counted}`, value: (cpuMs / result.count) * 1_000 },
    { metric: `loopDelay${of}`, unit: "ms", value: loopDelayMs },
  ];
}
