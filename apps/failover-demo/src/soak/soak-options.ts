import { parseArgs } from "node:util";

/** What the primary can suffer under load. */
export const SOAK_FAULTS = ["kill", "freeze"] as const;

/** One of {@link SOAK_FAULTS}. */
export type SoakFault = (typeof SOAK_FAULTS)[number];

/** Repetitions of each fault, where no number is given. */
export const DEFAULT_REPETITIONS = 20;
/** Length of a repetition in seconds, where none is given. */
export const DEFAULT_SECONDS = 25;
/** In less, a primary that is back could not be used again. */
export const MIN_SECONDS = 3;

/** What the command line asks for. */
export interface SoakOptions {
  readonly faults: readonly SoakFault[];
  readonly repetitions: number;
  readonly seconds: number;
  readonly json: boolean;
}

/** How the command is used. */
export const SOAK_USAGE: string = `usage: pnpm soak failover [--fault kill|freeze] [--repetitions n] [--seconds s] [--json]

  --fault        only one of the two; default: both in turn
  --repetitions  of each fault; default ${DEFAULT_REPETITIONS}
  --seconds      length of a repetition, ${MIN_SECONDS} or more; default ${DEFAULT_SECONDS}
  --json         the report as one line of JSON on stdout; each repetition is told on stderr
`;

/**
 * Reads the command line; `undefined` asks for help.
 *
 * @throws RangeError or TypeError for anything that makes no sense; the message says why.
 */
export function readSoakOptions(args: readonly string[]): SoakOptions | undefined {
  const { values, positionals } = parseArgs({
    args: args.filter((argument) => argument !== "--"),
    allowPositionals: true,
    options: {
      fault: { type: "string" },
      repetitions: { type: "string", default: String(DEFAULT_REPETITIONS) },
      seconds: { type: "string", default: String(DEFAULT_SECONDS) },
      json: { type: "boolean", default: false },
      help: { type: "boolean", short: "h", default: false },
    },
  });
  if (values.help) return undefined;
  if (positionals.length !== 1 || positionals[0] !== "failover") {
    throw new RangeError(`there is one soak run, "failover", got ${JSON.stringify(positionals)}`);
  }
  return {
    faults: readFaults(values.fault),
    repetitions: whole("--repetitions", values.repetitions, 1),
    seconds: whole("--seconds", values.seconds, MIN_SECONDS),
    json: values.json,
  };
}

function readFaults(given: string | undefined): readonly SoakFault[] {
  if (given === undefined) return SOAK_FAULTS;
  const fault = SOAK_FAULTS.find((known) => known === given);
  if (fault === undefined) {
    throw new RangeError(`--fault must be ${SOAK_FAULTS.join(" or ")}, got "${given}"`);
  }
  return [fault];
}

function whole(name: string, text: string, min: number): number {
  const value = /^\d{1,6}$/u.test(text) ? Number(text) : Number.NaN;
  if (!(value >= min)) {
    throw new RangeError(`${name} must be a whole number of ${min} or more, got "${text}"`);
  }
  return value;
}
