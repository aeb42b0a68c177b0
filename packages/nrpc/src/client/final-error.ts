import { ResilienceError } from "@selvage/resilience";

import { RpcError } from "../errors.ts";
import type { OutgoingCall } from "./outgoing-call.ts";

/**
 * The error that the caller of a failed call gets: the last one, which says whether the handler of
 * any attempt may have started.
 *
 * @param note What else there is to say.
 * @param noRoute The error to tell if nobody was ever there to be asked.
 */
export function finalError(
  call: OutgoingCall,
  error: unknown,
  note: string,
  noRoute: () => RpcError | undefined,
): unknown {
  if (error instanceof RpcError) return ofWholeCall(call, error, note);
  if (!(error instanceof ResilienceError)) return error;
  const { service, deadlineMs, delivered, lastError } = call;
  const isUnanswered = error.kind === "timeout" && lastError === undefined;
  const unreached = isUnanswered && delivered === "never" ? noRoute() : undefined;
  if (unreached !== undefined) return unreached;
  if (lastError instanceof RpcError && call.remainingMs() > 0) {
    return ofWholeCall(call, lastError, " (no time is left to try again)");
  }
  const why = isUnanswered && delivered === "never" ? ": no provider could take it" : "";
  return new RpcError("timeout", `"${service}" had no answer within ${deadlineMs} ms${why}`, {
    cause: lastError,
    delivered,
    provider: lastError instanceof RpcError ? lastError.provider : undefined,
  });
}

/** The last attempt was not started, but an earlier one, or one that raced, may have been. */
function ofWholeCall({ delivered }: OutgoingCall, error: RpcError, note: string): RpcError {
  const isTold = error.delivered === delivered || delivered === "never";
  if (isTold && note === "") return error;
  const { kind, message, provider, code, details, trailers } = error;
  const text = message.slice(message.indexOf("] ") + 2) + note;
  const told = isTold ? error.delivered : delivered;
  return new RpcError(kind, text, {
    cause: error,
    delivered: told,
    provider,
    code,
    details,
    trailers,
  });
}
