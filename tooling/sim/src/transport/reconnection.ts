import type { Simulation } from "@selvage/testing";

import type { Metrics } from "../metrics.ts";
import type { ViolationLog } from "../violations.ts";
import { RECONNECT_MS } from "./times.ts";
import { callPlan } from "./traffic-kinds.ts";
import type { Traffic } from "./traffic.ts";
import type { Pair, Truth } from "./truth.ts";

/** How long after an attempt that failed the next one begins, in milliseconds. */
const AGAIN_MS = 100;

/** What is needed to see who gets through to whom. */
export interface ReconnectionParts {
  readonly sim: Simulation;
  readonly truth: Truth;
  readonly traffic: Traffic;
  readonly log: ViolationLog;
  readonly metrics: Metrics;
}

/** From now on everything is well: how long until every pair gets a call through, both ways? */
export function expectReconnection(parts: ReconnectionParts): void {
  for (const { a, b } of parts.truth.pairs) {
    expectCall(parts, { a, b });
    expectCall(parts, { a: b, b: a });
  }
}

function expectCall(parts: ReconnectionParts, { a: from, b: to }: Pair): void {
  const { sim, traffic, log, metrics } = parts;
  const since = sim.now;
  const dice = sim.random.split(`pulse/${from.name} ${to.name}`);
  let through = false;
  const attempt = async (): Promise<void> => {
    const record = await traffic.open(from, to, callPlan(dice, "pulse"));
    through ||= record !== undefined && record.opener.failure === undefined;
    if (through) metrics.sample("reconnectMs", sim.now - since);
    else sim.after(AGAIN_MS, begin);
  };
  const begin = (): void => {
    if (sim.now - since > RECONNECT_MS) return;
    if (from.isWell) void sim.run(from.name, attempt);
    else sim.after(AGAIN_MS, begin);
  };
  begin();
  sim.after(RECONNECT_MS, () => {
    if (through) return;
    const text = `${from.name} does not get through to ${to.name}`;
    log.add("not-reconnected", `${RECONNECT_MS} ms after everything was healed, ${text}`);
  });
}
