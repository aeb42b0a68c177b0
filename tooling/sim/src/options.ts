import { parseArgs } from "node:util";

/** What the command line asks for. */
export interface SimOptions {
  readonly scenario: string;
  /** How many seeds … */
  readonly seeds: number;
  /** … and which is the first. */
  readonly from: number;
  /** Exactly this one instead. */
  readonly seed: number | undefined;
  /** A planted bug to run with. */
  readonly plant: string | undefined;
  /** How many seeds are run at the same time, each on a thread of its own. */
  readonly jobs: number;
  readonly json: boolean;
}

/** A command line that makes no sense; the message says why. */
export class UsageError extends Error {
  constructor(message: string) {
    super(message);
    this.name = "UsageError";
  }
}

/** Seeds of a run that names no number. */
export const DEFAULT_SEEDS = 20;

/** How the command is used. */
export const usage =
  "usage: pnpm sim --scenario <name> [--seeds <n>] [--from <s>] [--seed <s>] [--plant <bug>] [--jobs <n>] [--json]";

/** Reads the arguments behind the script. Throws {@link UsageError}; `undefined` asks for help. */
export function readOptions(args: readonly string[]): SimOptions | undefined {
  const values = parse(args);
  if (values.help === true) return undefined;
  if (values.scenario === undefined) throw new UsageError("--scenario is missing");
  return {
    scenario: values.scenario,
    seeds: whole("--seeds", values.seeds, 1) ?? DEFAULT_SEEDS,
    from: whole("--from", values.from, 0) ?? 1,
    seed: whole("--seed", values.seed, 0),
    plant: values.plant,
    jobs: whole("--jobs", values.jobs, 1) ?? 1,
    json: values.json === true,
  };
}

function parse(args: readonly string[]): {
  readonly scenario?: string | undefined;
  readonly seeds?: string | undefined;
  readonly from?: string | undefined;
  readonly seed?: string | undefined;
  readonly plant?: string | undefined;
  readonly jobs?: string | undefined;
  readonly json?: boolean | undefined;
  readonly help?: boolean | undefined;
} {
  try {
    // A package manager may pass the "--" on that separates its own options from ours.
    const own = args[0] === "--" ? args.slice(1) : [...args];
    return parseArgs({
      args: own,
      options: {
        scenario: { type: "string" },
        seeds: { type: "string" },
        from: { type: "string" },
        seed: { type: "string" },
        plant: { type: "string" },
        jobs: { type: "string" },
        json: { type: "boolean" },
        help: { type: "boolean", short: "h" },
      },
    }).values;
  } catch (error) {
    const [text = ""] = (error instanceof Error ? error.message : String(error)).split("\n");
    throw new UsageError(text);
  }
}

function whole(name: string, text: string | undefined, least: number): number | undefined {
  if (text === undefined) return undefined;
  const value = /^\d+$/.test(text) ? Number(text) : Number.NaN;
  if (!Number.isSafeInteger(value) || value < least) {
    throw new UsageError(`${name} must be a whole number of at least ${least}, got "${text}"`);
  }
  return value;
}
