/**
 * How the messages of a stream travel: `reliable`, whole and in order, whatever it takes; or
 * `fire-and-forget`, each in one packet that nobody repeats, as it arrives and if it does.
 */
export type Reliability = "reliable" | "fire-and-forget";

/**
 * The reliability given, or `reliable`.
 *
 * @throws TypeError for anything else.
 */
export function resolveReliability(given: Reliability | undefined): Reliability {
  if (given === undefined || given === "reliable" || given === "fire-and-forget") {
    return given ?? "reliable";
  }
  throw new TypeError(`reliability must be "reliable" or "fire-and-forget", got ${String(given)}`);
}
