/** What must hold in every run. */
export const rules = {
  "answer-owed":
    "a retry-safe call of a service that never fails is answered, or a stream of it begun, if a provider was listed, well and reachable both ways for the last 2 s before its deadline",
  "no-end": "every call ends exactly once, is told of exactly once, and no later than its deadline",
  "wrong-answer":
    "responses come from one handler, which may be repeated calls' one, all and in order: what ends properly is complete",
  "wrong-requests":
    "handlers read what the caller gave, in order from the first on; what ends properly is complete",
  "ran-twice":
    "a handler starts at most once per call, unless that is declared safe and more attempts are asked for",
  "key-ran-twice": "of calls with one key, one process or those that share a store run at most one",
  "false-never": "no handler ever starts for a call whose error says `never` delivered",
  "false-error": "an error is of a kind for which there was a reason",
  "late-start":
    "no handler starts after its caller's deadline, or is told of more time than there is",
  "pinned-moved": "a pinned call starts no handler anywhere else",
  "not-let-in": "no handler starts for a caller that is denied, or at a node that is not trusted",
  "too-many": "a service runs no more calls at a process than its limit",
  unheard: "a handler for which nobody waits any more hears so, or that its deadline has passed",
  orphan: "calls that a handler makes end when that is aborted",
  "source-left": "requests that the caller gives are ended when the call is over",
  "not-served-again": "when all is well, every service answers, and several calls at once",
  leak: "what is over leaves no timer, listener, session, stream or place in a queue behind",
  crash: "no node throws where a process would end, or anything but an error of a call",
} as const;

/** A key of {@link rules}. */
export type Rule = keyof typeof rules;
