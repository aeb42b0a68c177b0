import { parseArgs } from "node:util";

import { type Fault, FAULTS } from "./providers/provider.ts";

/** How calls are made: with retries, with a race besides, or with neither. */
export const MODES = ["retry", "hedge", "plain"] as const;

/** One of {@link MODES}. */
export type Mode = (typeof MODES)[number];

/** Calls of a run that names no number: about two seconds. */
export const DEFAULT_CALLS = 1_200;
/** With fewer there would be no steady run to hit. */
export const MIN_CALLS = 20;
/** More would take hours. */
export const MAX_CALLS = 1_000_000;

/** What the command line asks for. */
export interface DemoOptions {
  /** `-`: stdin. `undefined`: what is piped in, else the text of the app. */
  readonly file: string | undefined;
  readonly fault: Fault;
  readonly mode: Mode;
  readonly calls: number;
  readonly json: boolean;
  readonly inProcess: boolean;
  readonly help: boolean;
}

/** The user asked for something that there is not; the message is one line. */
export class UsageError extends Error {
  override readonly name = "UsageError";
}

/** What the options are. */
export const USAGE: string = `\
Usage: pnpm demo [file] [--fault kill|freeze|close] [--mode retry|hedge|plain] [--calls n] [--json] [--in-process]

  file          text to summarise, - for stdin; default: the opening of Moby-Dick
  --fault       what the primary suffers: SIGKILL, SIGSTOP or a graceful exit (default kill)
  --mode        how calls are made: retried, also raced, or neither (default retry)
  --calls       calls in all, ${MIN_CALLS} to ${MAX_CALLS} (default ${DEFAULT_CALLS})
  --json        the figures as one line of JSON on stdout; the story goes to stderr
  --in-process  providers in this process: the network does what signals cannot
`;

/**
 * Reads the command line.
 *
 * @throws {@link UsageError} for anything it does not know.
 */
export function parseOptions(args: readonly string[]): DemoOptions {
  const { values, positionals } = parse(args[0] === "--" ? args.slice(1) : args);
  if (positionals.length > 1) {
    throw new UsageError(`one file at most, got ${positionals.map(quote).join(" ")}`);
  }
  return {
    file: positionals[0],
    fault: oneOf("fault", values.fault, FAULTS),
    mode: oneOf("mode", values.mode, MODES),
    calls: count(values.calls),
    json: values.json,
    inProcess: values["in-process"],
    help: values.help,
  };
}

const parse = (args: readonly string[]) => {
  try {
    return parseArgs({
      args: [...args],
      allowPositionals: true,
      options: {
        fault: { type: "string", default: "kill" },
        mode: { type: "string", default: "retry" },
        calls: { type: "string", default: String(DEFAULT_CALLS) },
        json: { type: "boolean", default: false },
        "in-process": { type: "boolean", default: false },
        help: { type: "boolean", short: "h", default: false },
      },
    });
  } catch (error) {
    throw error instanceof TypeError ? new UsageError(firstSentence(error.message)) : error;
  }
};

/** Node's messages go on with advice on how to pass odd file names. */
function firstSentence(message: string): string {
  const [first = message] = message.split(/\.\s|\n/u);
  return first.charAt(0).toLowerCase() + first.slice(1);
}

function oneOf<T extends string>(name: string, given: string, known: readonly T[]): T {
  const found = known.find((value) => value === given);
  if (found === undefined) {
    throw new UsageError(`--${name} is ${known.join(", ")}, got ${quote(given)}`);
  }
  return found;
}

function count(given: string): number {
  const value = /^\d+$/u.test(given) ? Number(given) : Number.NaN;
  if (!(value >= MIN_CALLS && value <= MAX_CALLS)) {
    throw new UsageError(`--calls is ${MIN_CALLS} to ${MAX_CALLS}, got ${quote(given)}`);
  }
  return value;
}

const quote = (text: string): string => JSON.stringify(text);
