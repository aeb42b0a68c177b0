import { compareTerms, type Term } from "../daemon/term.ts";
import { ComputeError } from "../errors.ts";
import type { MemberState } from "./member-state.ts";
import type { CheckpointMessage, InstallMessage, StoreMessage } from "./standby-messages.ts";
import type { StandbyConfig } from "./standby-settings.ts";

/** What a member does as a standby: it is a copy of one active at a time. */
export class Follower {
  readonly #state: MemberState;
  readonly #config: StandbyConfig;
  /** Which copy of which active this became last; an older one that comes late must not undo it. */
  #latest: { readonly term: Term; readonly session: number } | undefined;
  /** Whether it still is that copy. */
  #isCopy = false;

  constructor(state: MemberState, config: StandbyConfig) {
    this.#state = state;
    this.#config = config;
  }

  /** It is a copy of nobody any more; what it holds stays. */
  leave(): void {
    this.#isCopy = false;
  }

  /**
   * Becomes a copy of an active. `handOver` is called before anything is given up.
   *
   * @throws {@link ComputeError} with kind `out-of-step` for a copy that is older than this one, and as
   * {@link DaemonHost.restoreFrom} does.
   */
  install(term: Term, message: InstallMessage, handOver: () => void): void {
    const order = this.#compare(term, message.session);
    if (order < 0) throw outOfStep(`copy ${message.session} was followed by another one`);
    // The answer was lost: what was stored since must not be.
    if (order === 0 && this.#isCopy) return;
    handOver();
    this.#latest = { term, session: message.session };
    this.#isCopy = false;
    this.#state.install(message, term);
    this.#isCopy = true;
  }

  /**
   * Keeps events; those that it has are no matter.
   *
   * @throws {@link ComputeError} with kind `out-of-step` if it is not the copy that they are for, or
   * lacks some before them, `buffer-full` if it has too many already.
   */
  store(term: Term, { session, committed, settled, entries }: StoreMessage): void {
    this.#check(term, session);
    const { maxLogEvents, maxLogBytes } = this.#config;
    const { log } = this.#state;
    for (const entry of entries) {
      if (entry.index <= this.#state.last) continue;
      if (entry.index !== this.#state.last + 1) {
        throw outOfStep(`event ${entry.index} does not follow ${this.#state.last}`);
      }
      if (this.#state.last - this.#state.base >= 2 * maxLogEvents || log.bytes >= 2 * maxLogBytes) {
        throw new ComputeError("buffer-full", `${log.length} events with ${log.bytes} bytes wait`);
      }
      this.#state.store(entry);
    }
    this.#state.learn(committed, settled);
    this.#state.trim();
  }

  /**
   * Lets go of entries for the state that they lead to.
   *
   * @throws {@link ComputeError} as {@link store} does, and as {@link DaemonHost.restoreFrom} does.
   */
  checkpoint(term: Term, { session, through, snapshot }: CheckpointMessage): void {
    this.#check(term, session);
    if (through > this.#state.last) {
      throw outOfStep(`event ${through} is not here, the last one is ${this.#state.last}`);
    }
    this.#state.checkpoint(snapshot, through);
  }

  #check(term: Term, session: number): void {
    if (!this.#isCopy || this.#compare(term, session) !== 0) {
      throw outOfStep(`this is not copy ${session} of the active in term ${term.number}`);
    }
  }

  /** How a copy relates to the one that this is. */
  #compare(term: Term, session: number): number {
    if (this.#latest === undefined) return 1;
    return compareTerms(term, this.#latest.term) || session - this.#latest.session;
  }
}

function outOfStep(message: string): ComputeError {
  return new ComputeError("out-of-step", message);
}
