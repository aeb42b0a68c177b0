/**
 * What a store says of a call that names an idempotency key.
 *
 * - `claimed`: it is new. Its handler runs, and then `complete` gets the answer to keep, whose bytes
 *   nobody changes; `release` says that the handler did not run after all.
 * - `running`: it runs already, for a server that shares the store.
 * - `completed`: it was answered.
 * - `forgotten`: it was answered, by more than the store could keep.
 * - `mismatch`: the key belongs to a call with another body.
 * - `full`: the store has no room for another key.
 */
export type ReplayClaim =
  | {
      readonly state: "claimed";
      complete(answer: Uint8Array): void | Promise<void>;
      release(): void | Promise<void>;
    }
  | { readonly state: "completed"; readonly answer: Uint8Array }
  | { readonly state: "running" | "forgotten" | "mismatch" | "full" };

/**
 * Remembers the calls that name an idempotency key, so that none of them runs twice.
 *
 * The store of one process makes repeats harmless at that process. One that several providers share
 * makes them harmless at all of these together, if it does the following:
 *
 * - `claim` is atomic: of any number of servers that claim an id at once, one is told `claimed`.
 * - A claim that was neither completed nor released, for its server died, stays `running`: nobody
 *   can know how far the handler came. It may end when no repeat is to be expected any more.
 * - What was completed is kept for as long as repeats may come, and never given up for want of
 *   room; then new ids are told `full`.
 * - What belongs to a claim that has ended and was claimed anew is not changed by the old one.
 */
export interface ReplayStore {
  /**
   * Claims a call. `id` names service, caller and key, and is the same at all providers; `digest` is a hash
   * of the request's body. If it rejects, the call is answered `internal`, not started.
   */
  claim(id: string, digest: string): ReplayClaim | Promise<ReplayClaim>;
}
