import type { Contestant, RoundPlan, Sample } from "../suite.ts";
import { Child } from "./child.ts";

/** A contestant whose server and client are processes of their own. */
export interface ClientServerConfig {
  readonly name: string;
  readonly peer?: string | undefined;
  /** Module of the child processes; it calls `serveRequests`. */
  readonly module: URL;
  /** Loads, in calls under way at any time, one measured after the other. */
  readonly inFlight: readonly number[];
}

/** Makes such a contestant. Every round has new processes. */
export function clientServer(config: ClientServerConfig): Contestant {
  return { name: config.name, peer: config.peer, run: (plan) => runRound(config, plan) };
}

async function runRound(config: ClientServerConfig, plan: RoundPlan): Promise<Sample[]> {
  const { name: contestant, module, inFlight } = config;
  await using server = new Child(module, "the server");
  await using client = new Child(module, "the client");
  const endpoint = await server.request("start", { contestant, role: "server" });
  await client.request("start", { contestant, role: "client", endpoint });
  if (plan.cores !== undefined) {
    await server.pin(plan.cores[0]);
    await client.pin(plan.cores[1]);
  }
  const samples: Sample[] = [];
  for (const load of inFlight) samples.push(...(await measure(server, client, load, plan)));
  return samples;
}

/** Warms up under the same load, then measures. */
async function measure(
  server: Child,
  client: Child,
  inFlight: number,
  { measureMs: ms }: RoundPlan,
): Promise<Sample[]> {
  await client.request("load", { inFlight, ms }, ms);
  await server.request("watch", {});
  await client.request("watch", {});
  const { calls, elapsedMs, medianMs, p99Ms } = await client.request("load", { inFlight, ms }, ms);
  const used = [await client.request("usage", {}), await server.request("usage", {})];
  const cpuMs = used.reduce((sum, usage) => sum + usage.cpuMs, 0);
  const loopDelayMs = Math.max(...used.map((usage) => usage.loopDelayMs));
  const sample = (metric: string, unit: string, value: number): Sample => ({
    metric: `${metric}${inFlight}`,
    unit,
    value,
  });
  return [
    ...(inFlight === 1
      ? [sample("latency", "µs", medianMs * 1_000), sample("latencyP99At", "µs", p99Ms * 1_000)]
      : [sample("throughput", "calls/s", (calls / elapsedMs) * 1_000)]),
    sample("cpu", "µs/call", (cpuMs / calls) * 1_000),
    sample("loopDelay", "ms", loopDelayMs),
  ];
}
