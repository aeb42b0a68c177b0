import {
  type Delivered,
  isSelvageError,
  SelvageError,
  type SelvageErrorOptions,
} from "@selvage/core";

import type { Term } from "./daemon/term.ts";

/** Kinds thrown by `@selvage/compute`. */
export const computeErrorKinds = {
  "bad-link": {
    retryable: false,
    meaning: "an event does not continue the chain it claims to; `reason` says why",
  },
  "bad-horizon": { retryable: false, meaning: "the bytes of a horizon cannot be read" },
  "bad-bindings": { retryable: false, meaning: "the bytes of channel bindings cannot be read" },
  "bad-snapshot": {
    retryable: false,
    meaning: "a snapshot is corrupt, truncated or of another format; `reason` says which",
  },
  "bad-event": {
    retryable: false,
    meaning: "an event is larger than allowed, or its numbers make no sense; `reason` says which",
  },
  "identity-mismatch": {
    retryable: false,
    meaning: "the snapshot, chain or term belongs to somebody else",
  },
  "process-failed": {
    retryable: false,
    meaning: "`process` of the daemon threw, or its outputs are not what outputs may be",
  },
  "async-process": {
    retryable: false,
    meaning: "`process` of the daemon returned a promise; it must be synchronous",
  },
  "self-delivery": {
    retryable: false,
    meaning: "a daemon delivers to itself, at once or by way of others",
  },
  "snapshot-failed": { retryable: false, meaning: "`snapshot` of the daemon threw" },
  "restore-failed": {
    retryable: false,
    meaning: "`restore` of the daemon threw, or it has none and there is state to restore",
  },
  "state-too-large": {
    retryable: false,
    meaning: "the state of the daemon is larger than the limit of the host",
  },
  "producer-expired": {
    retryable: false,
    meaning: "the producer was forgotten; the event may have been applied and is not applied again",
  },
  "outcome-expired": {
    retryable: false,
    meaning: "the event is older than what is remembered of its producer; it may have been applied",
  },
  "stale-incarnation": {
    retryable: false,
    meaning: "a newer incarnation of the producer was heard; nothing of the old one is applied",
  },
  "stale-term": {
    retryable: false,
    meaning: "what is asked comes from a term or instance that is over; nothing was done",
  },
  "index-gap": {
    retryable: true,
    meaning: "a stored event does not follow the last applied one; those between are needed first",
  },
  "index-conflict": {
    retryable: false,
    meaning: "another event was applied under this delivery index",
  },
  exhausted: { retryable: false, meaning: "a counter reached the largest safe integer" },
  "buffer-full": { retryable: true, meaning: "a bounded log or table holds all it may" },
  "store-failed": {
    retryable: true,
    meaning: "a snapshot could not be written, read or removed; what was stored before still is",
  },
  "not-ready": { retryable: true, meaning: "the runtime has not been started" },
  "shutting-down": { retryable: false, meaning: "the runtime is shut down or about to be" },
  "already-registered": {
    retryable: false,
    meaning: "there is a daemon or factory under this name already",
  },
  "factory-not-found": { retryable: false, meaning: "no factory was registered for this kind" },
  "factory-failed": { retryable: false, meaning: "the factory of the daemon threw" },
  "not-found": { retryable: false, meaning: "no such daemon or member is here" },
  stale: {
    retryable: true,
    meaning: "the daemon was replaced or removed meanwhile; look it up again",
  },
  "no-candidate": { retryable: true, meaning: "no node may and can take the daemon now" },
  "group-not-allowed": {
    retryable: false,
    meaning: "the node does not take members of this group",
  },
  "bad-signature": {
    retryable: false,
    meaning: "a command is not signed by its group, or the delegate who signed it may not do so",
  },
  "bad-command": {
    retryable: false,
    meaning: "a command or message cannot be read, is for another node, or is not known there",
  },
  "host-unreachable": { retryable: true, meaning: "the node of a member was lost or not reached" },
  timeout: { retryable: true, meaning: "the time for an answer has passed" },
  "no-healthy-member": {
    retryable: true,
    meaning: "no member of the group can take an event, or be the active, now",
  },
  "placement-failed": {
    retryable: true,
    meaning: "a member could not be placed; what was placed with it was removed again",
  },
  closed: { retryable: false, meaning: "the group or host was closed" },
  "not-active": { retryable: true, meaning: "the member is not the active of its group" },
  "insufficient-copies": {
    retryable: true,
    meaning: "fewer members than `minInSync` hold what the active holds",
  },
  "out-of-step": {
    retryable: true,
    meaning: "the member is no copy of the active, or lacks events; it needs a state first",
  },
  "lease-lost": {
    retryable: true,
    meaning: "the active of a fenced group has not renewed its term in time",
  },
  "lease-held": {
    retryable: true,
    meaning:
      "the active of a fenced group may still serve, or somebody else was promoted meanwhile",
  },
  "no-in-sync-member": {
    retryable: true,
    meaning: "nobody who certainly holds every acknowledged event can be reached",
  },
} as const;

/** The kinds of {@link ComputeError}. */
export type ComputeErrorKind = keyof typeof computeErrorKinds;

/** What is wrong with bytes or an event, as {@link ComputeError} tells it. */
export type ComputeFault =
  /** The origin is not the one of the chain. */
  | "origin"
  /** The sequence does not follow the one before. */
  | "sequence"
  /** The sequence was seen before. */
  | "duplicate"
  /** The parent hash is not that of the event before. */
  | "parent"
  /** What looks like a genesis has content. */
  | "genesis"
  /** There are fewer bytes than announced. */
  | "truncated"
  /** There are more bytes than announced. */
  | "trailing"
  /** It does not begin as such bytes do. */
  | "magic"
  /** It has a version that this code does not read. */
  | "version"
  /** A length, count or number is beyond its limit. */
  | "limit"
  /** Parts contradict each other, or are not in their order. */
  | "inconsistent"
  /** The checksum is not that of the content. */
  | "checksum";

/** Construction options of {@link ComputeError}. */
export interface ComputeErrorOptions extends SelvageErrorOptions {
  readonly reason?: ComputeFault | undefined;
  readonly delivered?: Delivered | undefined;
  readonly seen?: SeenAuthority | undefined;
}

/** What a host knows that is later than what it was asked with. */
export interface SeenAuthority {
  /** The highest term of the group. */
  readonly term: Term;
  /** The highest incarnation of the slot; 0 if it is not known there. */
  readonly incarnation: number;
}

/** An error of `@selvage/compute`. */
export class ComputeError extends SelvageError<ComputeErrorKind> {
  /** What is wrong with links, snapshots, events and other bytes. */
  readonly reason: ComputeFault | undefined;
  /**
   * Of errors about a member on a node: may have been done what was asked, or may it yet be?
   * `undefined` where nothing was asked of a node.
   */
  readonly delivered: Delivered | undefined;
  /** Of kind `stale-term` from a host of members: what it knows. */
  readonly seen: SeenAuthority | undefined;

  constructor(kind: ComputeErrorKind, message: string, options: ComputeErrorOptions = {}) {
    super(computeErrorKinds, kind, message, options);
    this.reason = options.reason;
    this.delivered = options.delivered;
    this.seen = options.seen;
  }
}

/** True for an error of this package, also one from another copy of it; optionally of one kind. */
export function isComputeError(error: unknown, kind?: ComputeErrorKind): error is ComputeError {
  return (
    isSelvageError(error) &&
    error.name === "ComputeError" &&
    (kind === undefined || error.kind === kind)
  );
}
