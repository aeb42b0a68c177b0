/** What must hold in every run. */
export const rules = {
  "wrong-message":
    "messages of a stream arrive once, in order and unchanged; its end comes behind the last",
  "started-twice": "a handler starts at most once per stream",
  "false-never": "no handler starts for a stream whose error says `never` delivered",
  "false-reset": "a reset has the code that the other end gave it",
  credit:
    "no more than a window is accepted unread, and reassembly memory is neither lost nor made",
  accused: "no node accuses another of breaking the protocol",
  "no-end": "once everything is healed, every stream ends or fails at both ends",
  "false-loss": "no stream fails between two nodes that were well and in reach all the time",
  "false-failed": "no node counts as failed to one that could hear it and be heard by it",
  unnoticed: "who could not be heard for 13 s, or said goodbye, no longer counts as alive",
  "not-reconnected": "once everything is healed, every pair that dials soon gets through",
  leak: "what is over leaves no timer, session, stream or memory behind",
  crash: "no node throws where a process would end, or anything but an error of the transport",
} as const;

/** A key of {@link rules}. */
export type Rule = keyof typeof rules;
