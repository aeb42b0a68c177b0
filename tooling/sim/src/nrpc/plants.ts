import { RpcError, isRpcError } from "@selvage/nrpc";

import { throwingTimers } from "../planting/clock-bugs.ts";
import type { Plant } from "../planting/plant.ts";
import { meddle } from "./meddling.ts";
import {
  breakerStuck,
  cancelLost,
  deadlineRestarts,
  deadWork,
  endHidesError,
  firstTwice,
  keysForgotten,
  replayPartial,
  noLimit,
  placeLeak,
  responseDropped,
  sourceKept,
} from "./patches.ts";
import type { Rule } from "./rules.ts";
import type { Seams } from "./seams.ts";

/** Bugs that the rules must notice. */
export const plants: readonly Plant<Rule, Seams>[] = [
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
    seams: { caller: meddle({ options: (options) => ({ ...options, deadlineMs: 60_000 }) }) },
  },
  {
    name: "end-untold",
    meaning: "the end of a call is not told now and then",
    breaks: "no-end",
    seams: { isTold: ({ durationMs }) => Math.floor(durationMs * 100) % 20 !== 7 },
  },
  {
    name: "resumed",
    meaning: "a response stream that breaks off goes on with another provider's",
    breaks: "wrong-answer",
    seams: { caller: meddle({ resumes: true }) },
  },
  {
    name: "response-dropped",
    meaning: "one response in some is skipped",
    breaks: "wrong-answer",
    patch: responseDropped,
  },
  {
    name: "first-twice",
    meaning: "the first response of a stream comes twice",
    breaks: "wrong-answer",
    patch: firstTwice,
  },
  {
    name: "end-hides-error",
    meaning: "a response stream that breaks off looks as if it had ended",
    breaks: "wrong-answer",
    patch: endHidesError,
  },
  {
    name: "replay-partial",
    meaning: "a call that moves tells the next provider all requests but the first",
    breaks: "wrong-requests",
    patch: replayPartial,
  },
  {
    name: "move-unsafe",
    meaning: "a caller takes every call with retry for one that may run twice",
    breaks: "ran-twice",
    seams: {
      caller: meddle({
        options: ({ retry, ...options }) =>
          retry === undefined || retry === false
            ? { ...options, retry }
            : { ...options, retry: { ...(retry as object), maybeDelivered: true } },
      }),
    },
  },
  {
    name: "keys-forgotten",
    meaning: "a provider forgets which calls with a key it answered",
    breaks: "key-ran-twice",
    patch: keysForgotten,
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
    name: "blamed",
    meaning: "a caller that finds no room says that the handler failed",
    breaks: "false-error",
    seams: {
      caller: meddle({
        error: (error) =>
          isRpcError(error, "backpressure")
            ? new RpcError("internal", "no room", { cause: error, delivered: error.delivered })
            : error,
      }),
    },
  },
  {
    name: "dead-work",
    meaning:
      "who stood still takes what waited for fresh, and does not hear that it was taken back",
    breaks: "late-start",
    patch: deadWork,
  },
  {
    name: "deadline-restarts",
    meaning: "every attempt is told of all the time that the call had at its beginning",
    breaks: "late-start",
    patch: deadlineRestarts,
  },
  {
    name: "pinned-moves",
    meaning: "a pinned call goes wherever it is served",
    breaks: "pinned-moved",
    seams: { caller: meddle({ unpins: true }) },
  },
  {
    name: "open-door",
    meaning: "a provider asks nobody who may call",
    breaks: "not-let-in",
    seams: { serving: (options) => ({ ...options, allow: undefined }) },
  },
  {
    name: "no-limit",
    meaning: "there is always a slot for another call",
    breaks: "too-many",
    patch: noLimit,
  },
  {
    name: "cancel-lost",
    meaning: "a provider does not hear that a call was taken back",
    breaks: "unheard",
    patch: cancelLost,
  },
  {
    name: "parent-forgotten",
    meaning: "what a handler calls has a life of its own",
    breaks: "orphan",
    seams: { caller: meddle({ options: (options) => ({ ...options, parent: null }) }) },
  },
  {
    name: "source-kept",
    meaning: "nobody tells the requests that their call is over",
    breaks: "source-left",
    patch: sourceKept,
  },
  {
    name: "breaker-stuck",
    meaning: "a breaker that was open once stays so",
    breaks: "not-served-again",
    patch: breakerStuck,
  },
  {
    name: "place-leak",
    meaning: "who gives up waiting for a slot keeps the place in the queue",
    breaks: "leak",
    patch: placeLeak,
  },
  {
    name: "throwing-timer",
    meaning: "a timer's callback throws now and then",
    breaks: "crash",
    seams: { clock: throwingTimers },
  },
];
