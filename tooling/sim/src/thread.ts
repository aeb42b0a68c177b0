import { parentPort } from "node:worker_threads";

import { defaultProvider } from "@selvage/identity";

import { scenarios } from "./scenarios.ts";
import { tell } from "./tell.ts";
import type { Errand, Outcome } from "./threads.ts";

const crypto = defaultProvider();

parentPort?.on("message", (errand: Errand) => {
  const answer = (outcome: Outcome): void => parentPort?.postMessage(outcome, []);
  run(errand).then(answer, (error: unknown) => answer({ error: String(error) }));
});

async function run({ scenario: wanted, ...rest }: Errand): Promise<Outcome> {
  const scenario = scenarios.find(({ name }) => name === wanted);
  if (scenario === undefined) throw new RangeError(`there is no scenario "${wanted}"`);
  return { result: await tell(scenario, { ...rest, crypto }) };
}
