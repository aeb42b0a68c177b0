import { leakyTimers, throwingTimers } from "../planting/clock-bugs.ts";
import type { Plant } from "../planting/plant.ts";
import { noDedup, noReplayWindow } from "../planting/transport-patches.ts";
import { noUnhide, noWithdrawal } from "./patches.ts";
import type { Rule } from "./rules.ts";
import type { Caller, Seams } from "./seams.ts";

/** A bug of this scenario. */
type FailoverPlant = Plant<Rule, Seams>;

type Call = (...parameters: readonly unknown[]) => Promise<unknown>;

const callOf = (caller: Caller, name: keyof Caller): Call => {
  return (...parameters) => Reflect.apply(caller[name], caller, parameters) as Promise<unknown>;
};

/** A caller whose options, and errors, go through other hands first. */
function meddle(parts: {
  readonly target?: (target: unknown) => unknown;
  readonly options?: (options: Readonly<Record<string, unknown>>) => object;
  readonly error?: (error: unknown) => unknown;
}): (caller: Caller) => Caller {
  const wrap = (call: Call): Call => {
    return async (...parameters) => {
      const rest = parameters.slice(0, -1).map((value) => parts.target?.(value) ?? value);
      const options = parameters.at(-1) as Readonly<Record<string, unknown>>;
      try {
        return await call(...rest, parts.options?.(options) ?? options);
      } catch (error) {
        throw parts.error?.(error) ?? error;
      }
    };
  };
  return (caller) => ({
    callService: wrap(callOf(caller, "callService")),
    callNode: wrap(callOf(caller, "callNode")),
  });
}

const isContract = (value: unknown): value is { readonly idempotent: boolean } =>
  typeof value === "object" && value !== null && "idempotent" in value;

/** Bugs that the rules must notice. */
export const plants: readonly FailoverPlant[] = [
  {
    name: "handler-twice",
    meaning: "a provider runs the handler twice per call",
    breaks: "ran-twice",
    seams: {
      handler: (handler) => async (request, context) => {
        await handler(request, context);
        return await handler(request, context);
      },
    },
  },
  {
    name: "move-unsafe",
    meaning: "a caller takes services for idempotent that are not",
    breaks: "ran-twice",
    seams: {
      caller: meddle({
        target: (value) => (isContract(value) ? { ...value, idempotent: true } : undefined),
      }),
    },
  },
  {
    name: "dedup-off",
    meaning: "a finished stream is opened once more when its packets are repeated",
    breaks: "ran-twice",
    patch: noDedup,
  },
  {
    name: "replay-window-off",
    meaning: "a packet counts again each time it arrives",
    breaks: "still-listed",
    patch: noReplayWindow,
  },
  {
    name: "always-never",
    meaning: "every error says that the handler certainly did not start",
    breaks: "false-never",
    seams: {
      caller: meddle({
        error: (error) =>
          error instanceof Error && "delivered" in error
            ? Object.defineProperty(error, "delivered", { value: "never" })
            : error,
      }),
    },
  },
  {
    name: "no-failover",
    meaning: "a caller makes one attempt, whatever it was asked for",
    breaks: "answer-owed",
    seams: { caller: meddle({ options: (options) => ({ ...options, retry: false }) }) },
  },
  {
    name: "deadline-ignored",
    meaning: "a caller forgets the deadline",
    breaks: "no-end",
    seams: {
      caller: meddle({ options: (options) => ({ ...options, deadlineMs: 60_000 }) }),
    },
  },
  {
    name: "stale-answer",
    meaning: "a provider answers with what it answered before",
    breaks: "wrong-answer",
    seams: {
      handler: (handler) => {
        let last: Awaited<ReturnType<typeof handler>> | undefined;
        return async (request, context) => {
          const answer = await handler(request, context);
          const given = request.id % 50 === 0 ? (last ?? answer) : answer;
          last = answer;
          return given;
        };
      },
    },
  },
  {
    name: "no-withdrawal",
    meaning: "a closing node does not say goodbye",
    breaks: "still-listed",
    patch: noWithdrawal,
  },
  {
    name: "no-unhide",
    meaning: "a failed provider stays hidden when it is back",
    breaks: "not-found-again",
    patch: noUnhide,
  },
  {
    name: "timer-leak",
    meaning: "a long timer that is taken back stays set now and then",
    breaks: "leak",
    seams: { clock: leakyTimers(5_000) },
  },
  {
    name: "throwing-timer",
    meaning: "a timer's callback throws now and then",
    breaks: "crash",
    seams: { clock: throwingTimers },
  },
];
