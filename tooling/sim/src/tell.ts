import type { Scenario, ScenarioRun, SeedResult } from "./scenario.ts";

/** Runs one seed. A promise that fails unheard is the run's doing, and a violation. */
export async function tell(scenario: Scenario, run: ScenarioRun): Promise<SeedResult> {
  const unheard: string[] = [];
  const note = (reason: unknown): void => void unheard.push(String(reason));
  process.on("unhandledRejection", note);
  try {
    const result = await scenario.run(run);
    const violations = unheard.map((message) => ({
      rule: "unheard-failure",
      atMs: result.virtualMs,
      message: `a promise failed, and nobody listened: ${message}`,
    }));
    return { ...result, violations: [...result.violations, ...violations] };
  } finally {
    process.off("unhandledRejection", note);
  }
}
