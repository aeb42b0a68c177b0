import { setTimeout as sleep } from "node:timers/promises";

import { Child } from "../../processes/child.ts";
import type { LoadResult } from "../../processes/load.ts";
import type { Usage } from "../../processes/protocol.ts";
import type { Contestant, RoundPlan, Sample } from "../../suite.ts";
import { PROVIDERS, STEADY } from "./steady-load.ts";

/** What a provider suffers. */
export type Fault = "kill" | "freeze";

/** A system whose providers suffer something under load. */
export interface UnderFaultConfig {
  /** One of those that the child module knows. */
  readonly system: string;
  readonly peer?: string | undefined;
  readonly fault: Fault;
  /** Its clients meet its servers through a process of its own. */
  readonly hasBroker?: boolean | undefined;
}

const module: URL = new URL("./child.js", import.meta.url);
/** The longest warm-up, in milliseconds. */
const WARM_UP_MS = 1_000;
/** How long the last calls of a load may take beyond it, in milliseconds. */
const LAST_CALLS_MS = 30_000;

/** Makes such a contestant, `system.fault`. Every round has new processes. */
export function underFault(config: UnderFaultConfig): Contestant {
  const name = `${config.system}.${config.fault}`;
  return { name, peer: config.peer, run: (plan) => runRound(config, plan) };
}

/** Two equal providers: one of them is killed, or frozen for a third of the time. */
async function runRound(config: UnderFaultConfig, plan: RoundPlan): Promise<Sample[]> {
  const { system: contestant, fault, hasBroker = false } = config;
  const { measureMs: ms, cores } = plan;
  await using children = new Children();
  const met: unknown[] = [];
  if (hasBroker) {
    const broker = children.add("the broker");
    met.push(await broker.request("start", { contestant, role: "broker" }));
  }
  const servers: Child[] = [];
  for (let number = 1; number <= PROVIDERS; number++) {
    const server = children.add(`provider ${number}`);
    servers.push(server);
    const start = { contestant, role: "server", endpoint: [...met] } as const;
    met.push(await server.request("start", start));
    if (cores !== undefined) await server.pin(cores[0]);
  }
  const client = children.add("the client");
  await client.request("start", { contestant, role: "client", endpoint: met });
  if (cores !== undefined) await client.pin(cores[1]);

  await client.request("load", { load: STEADY, ms: Math.min(ms, WARM_UP_MS) }, WARM_UP_MS);
  await client.request("watch", {});
  const [result] = await Promise.all([
    client.request("load", { load: STEADY, ms }, ms + LAST_CALLS_MS),
    strike(servers[0], fault, ms / 3),
  ]);
  return samplesOf(result, await client.request("usage", {}));
}

async function strike(victim: Child | undefined, fault: Fault, thirdMs: number): Promise<void> {
  await sleep(thirdMs);
  victim?.signal(fault === "kill" ? "SIGKILL" : "SIGSTOP");
  if (fault === "kill") return;
  await sleep(thirdMs);
  victim?.signal("SIGCONT");
}

function samplesOf({ count, failed = 0, latency }: LoadResult, { loopDelayMs }: Usage): Sample[] {
  if (latency === undefined) throw new TypeError("calls were made without being timed");
  return [
    { metric: "errors", unit: "calls", value: failed },
    { metric: "worstCallMs", unit: "ms", value: latency.worstMs },
    { metric: "calls", unit: "calls", value: count },
    { metric: "medianCallMs", unit: "ms", value: latency.medianMs },
    { metric: "p99CallMs", unit: "ms", value: latency.p99Ms },
    { metric: "loopDelayMs", unit: "ms", value: loopDelayMs },
  ];
}

/** Processes that end together. */
class Children implements AsyncDisposable {
  readonly #all: Child[] = [];

  add(name: string): Child {
    const child = new Child(module, name);
    this.#all.push(child);
    return child;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(this.#all.map((child) => child[Symbol.asyncDispose]()));
  }
}
