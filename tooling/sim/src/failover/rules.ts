/** What must hold in every run. */
export const rules = {
  "answer-owed":
    "a retry-safe call has an answer if one provider was listed, well and reachable both ways for the last 2 s before its deadline",
  "ran-twice": "a handler of a service not declared idempotent starts at most once per call",
  "no-end": "every call ends exactly once, and no later than its deadline",
  "false-never": "no handler ever starts for a call whose error says `never` delivered",
  "wrong-answer": "an answer is right, and comes from the provider that it names",
  "not-found-again": "after the last repair all nodes soon find each other's services again",
  "still-listed": "who said goodbye, or was dead for long, is no longer listed",
  leak: "what is over leaves no timer, session or stream behind",
  crash: "no node throws where a process would end",
} as const;

/** A key of {@link rules}. */
export type Rule = keyof typeof rules;
