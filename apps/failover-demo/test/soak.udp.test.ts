import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";

import { describe, expect, test } from "vitest";

import type { SoakFault } from "../src/soak/soak-options.ts";
import type { Repetition } from "../src/soak/soak-report.ts";
import { builtModule } from "./run-demo.ts";

/** A short run of the command, however it ends. */
async function soak(fault: SoakFault): Promise<Repetition> {
  const main = fileURLToPath(builtModule("soak/main.js"));
  const args = [main, "failover", "--fault", fault, "--repetitions=1", "--seconds=4", "--json"];
  const run = promisify(execFile)(process.execPath, args);
  const { stdout } = await run.catch((error: { readonly stdout: string }) => error);
  const { repetitions } = JSON.parse(stdout) as { readonly repetitions: readonly Repetition[] };
  const [only] = repetitions;
  if (only === undefined || repetitions.length > 1) throw new Error(`not one: ${stdout}`);
  return only;
}

// There are no such signals on Windows.
describe.skipIf(process.platform === "win32")("four callers in a short loop", () => {
  test.each([["kill"], ["freeze"]] as const)(
    "see no error when their provider suffers %s, are answered by the standby, and go back",
    async (fault) => {
      const { failures, violations, answeredBy, doomedCalls, calls } = await soak(fault);
      expect({ failures, violations }).toEqual({ failures: [], violations: [] });
      expect(calls).toBeGreaterThan(100);
      expect(answeredBy.before.primary).toBeGreaterThan(0);
      expect(answeredBy.during.primary).toBe(0);
      expect(answeredBy.during.standby).toBeGreaterThan(0);
      expect(answeredBy.after.primary).toBeGreaterThan(0);
      // Only who is stopped can be called and not answer.
      if (fault === "freeze") expect(doomedCalls).toBeGreaterThan(0);
      else expect(doomedCalls).toBe(0);
    },
  );
});
