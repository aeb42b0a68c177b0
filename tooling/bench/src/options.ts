import { parseArgs } from "node:util";

/** What the command line asks for. */
export interface BenchOptions {
  readonly suite: string;
  /** `undefined` leaves it to the suite. */
  readonly rounds: number | undefined;
  /** Length of each measurement, in milliseconds; `undefined` leaves it to the suite. */
  readonly measureMs: number | undefined;
  readonly json: boolean;
}

/** A command line that makes no sense; the message says why. */
export class UsageError extends Error {
  override readonly name = "UsageError";
}

/** How the command is used. */
export const usage = "usage: pnpm bench <suite> [--rounds <n>] [--measure-ms <ms>] [--json]";

/** Reads the arguments behind the script. Throws {@link UsageError}; `undefined` asks for help. */
export function readOptions(args: readonly string[]): BenchOptions | undefined {
  const { values, positionals } = parse(args);
  if (values.help) return undefined;
  const [suite, ...more] = positionals;
  if (suite === undefined) throw new UsageError("which suite?");
  if (more.length > 0) throw new UsageError(`one suite at a time, got ${positionals.join(", ")}`);
  return {
    suite,
    rounds: whole("--rounds", values.rounds),
    measureMs: whole("--measure-ms", values["measure-ms"]),
    json: values.json,
  };
}

const parse = (args: readonly string[]) => {
  try {
    return parseArgs({
      // A package manager may pass the "--" on that separates its own options from ours.
      args: args.filter((argument) => argument !== "--"),
      allowPositionals: true,
      options: {
        rounds: { type: "string" },
        "measure-ms": { type: "string" },
        json: { type: "boolean", default: false },
        help: { type: "boolean", short: "h", default: false },
      },
    });
  } catch (error) {
    const [text = ""] = (error instanceof Error ? error.message : String(error)).split("\n");
    throw new UsageError(text);
  }
};

function whole(name: string, text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const value = /^\d+$/u.test(text) ? Number(text) : Number.NaN;
  if (!(value >= 1 && value <= 1_000_000)) {
    throw new UsageError(`${name} must be a whole number of 1 to 1,000,000, got "${text}"`);
  }
  return value;
}
