import type { Contestant, RoundPlan, Sample, Suite } from "./suite.ts";

/** What to run. */
export interface RunPlan extends RoundPlan {
  readonly suite: Suite;
  readonly rounds: number;
}

/** The figures of one metric of one contestant, one per round. */
export interface Series {
  readonly contestant: Contestant;
  readonly metric: string;
  readonly unit: string;
  readonly values: readonly number[];
}

/** Somebody without figures, and why. */
export interface Skipped {
  readonly name: string;
  readonly reason: string;
}

/** What a run gave. */
export interface Outcome {
  readonly series: readonly Series[];
  readonly skipped: readonly Skipped[];
}

/** Told before each contestant's turn. */
export type OnTurn = (round: number, contestant: Contestant) => void;

/**
 * Runs the contestants of a suite in turn, round after round, every second round backwards: a
 * machine that grows slower or faster meanwhile does so for all. Who fails once is out.
 */
export async function runSuite(
  { suite, rounds, ...plan }: RunPlan,
  onTurn: OnTurn = () => {},
): Promise<Outcome> {
  const samples = new Map<Contestant, Sample[][]>(suite.contestants.map((each) => [each, []]));
  const skipped: Skipped[] = [];
  for (let round = 1; round <= rounds; round++) {
    const order = [...samples.keys()];
    for (const contestant of round % 2 === 0 ? order.toReversed() : order) {
      onTurn(round, contestant);
      try {
        samples.get(contestant)?.push([...(await contestant.run(plan))]);
      } catch (error) {
        samples.delete(contestant);
        skipped.push({ name: contestant.name, reason: `round ${round}: ${messageOf(error)}` });
      }
    }
  }
  return { series: [...samples].flatMap(([each, turns]) => seriesOf(each, turns)), skipped };
}

/** Turns rounds of metrics into metrics of rounds. */
function seriesOf(contestant: Contestant, rounds: readonly (readonly Sample[])[]): Series[] {
  const [first = []] = rounds;
  return first.map(({ metric, unit }) => {
    const all = rounds.flatMap((samples) => samples.filter((each) => each.metric === metric));
    return { contestant, metric, unit, values: all.map(({ value }) => value) };
  });
}

const messageOf = (error: unknown): string =>
  error instanceof Error ? error.message : String(error);
