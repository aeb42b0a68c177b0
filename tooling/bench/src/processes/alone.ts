import type { Contestant } from "../suite.ts";
import type { Sample } from "../suite.ts";
import { answerRequests } from "./answer-requests.ts";
import { Child } from "./child.ts";

/** A contestant that talks to nobody: one process, which measures itself. */
export interface AloneConfig {
  readonly name: string;
  /** Module of the child process; it calls {@link serveFigures}. */
  readonly module: URL;
  /** How long it may take besides what is measured, in milliseconds. */
  readonly setUpMs: number;
  /** How many measurements it makes, warm-ups among them. */
  readonly measurements: number;
}

/** Makes such a contestant. Every round has a new process, with the collector of garbage at hand. */
export function alone({ name, module, setUpMs, measurements }: AloneConfig): Contestant {
  return {
    name,
    run: async ({ measureMs: ms, cores }) => {
      await using child = new Child(module, name, ["--expose-gc"]);
      if (cores !== undefined) await child.pin(cores[0]);
      return await child.request("figures", { contestant: name, ms }, setUpMs + measurements * ms);
    },
  };
}

/** Takes the figures of a contestant, by its name; each measurement lasts about so long. */
export type Figures = (ms: number) => readonly Sample[] | Promise<readonly Sample[]>;

/** Serves the parent process of contestants that are {@link alone}. */
export function serveFigures(contestants: Readonly<Record<string, Figures>>): void {
  answerRequests(async (request) => {
    if (request.kind !== "figures") throw new RangeError(`there are only figures here`);
    const figures = contestants[request.contestant];
    if (figures === undefined) {
      throw new RangeError(`there is no contestant "${request.contestant}"`);
    }
    return await figures(request.ms);
  });
}
