import { compareTerms, NO_TERM, type Term } from "../daemon/term.ts";
import { ComputeError } from "../errors.ts";

/** What is known of one slot. */
interface SlotFence {
  /** The highest incarnation that was commanded. */
  incarnation: number;
  /** Incarnations through this one have ended here and never begin again. */
  ended: number;
}

/**
 * What a host remembers of a group, so that nobody who was away makes it do what is over: the highest
 * term, and of each slot the highest incarnation. Only signed commands raise it.
 */
export class GroupFence {
  readonly #slots = new Map<number, SlotFence>();
  #term: Term = NO_TERM;

  /** The highest term. */
  get term(): Term {
    return this.#term;
  }

  /** The highest incarnation of each slot. */
  incarnations(): { readonly slot: number; readonly incarnation: number }[] {
    return [...this.#slots].map(([slot, { incarnation }]) => ({ slot, incarnation }));
  }

  /** The highest incarnation of a slot; 0 if there was none. */
  incarnationOf(slot: number): number {
    return this.#slots.get(slot)?.incarnation ?? 0;
  }

  /** @throws {@link ComputeError} with kind `stale-term` for a term below the highest. */
  checkTerm(term: Term, slot = 0): void {
    if (compareTerms(term, this.#term) >= 0) return;
    const { number, coordinator } = this.#term;
    throw this.stale(
      slot,
      `term ${term.number} of ${term.coordinator} was followed by ${number} of ${coordinator}`,
    );
  }

  /** Notes a term; whether it is higher than all before. */
  raise(term: Term): boolean {
    if (compareTerms(term, this.#term) <= 0) return false;
    this.#term = term;
    return true;
  }

  /** @throws {@link ComputeError} with kind `stale-term` for an incarnation below the highest. */
  checkIncarnation(slot: number, incarnation: number): void {
    const highest = this.incarnationOf(slot);
    if (incarnation >= highest) return;
    throw this.stale(slot, `incarnation ${incarnation} of slot ${slot} was followed by ${highest}`);
  }

  /**
   * Notes that an incarnation begins.
   *
   * @throws {@link ComputeError} with kind `stale-term` if a higher one began, or this one has ended.
   */
  begin(slot: number, incarnation: number): void {
    this.checkIncarnation(slot, incarnation);
    const fence = this.#slot(slot);
    if (incarnation <= fence.ended) {
      throw this.stale(slot, `incarnation ${incarnation} of slot ${slot} has ended here`);
    }
    fence.incarnation = incarnation;
  }

  /** Notes that incarnations through this one have ended. */
  end(slot: number, incarnation: number): void {
    const fence = this.#slot(slot);
    fence.ended = Math.max(fence.ended, incarnation);
    fence.incarnation = Math.max(fence.incarnation, incarnation);
  }

  /** An error for who is late. */
  stale(slot: number, message: string): ComputeError {
    return new ComputeError("stale-term", message, {
      delivered: "never",
      seen: { term: this.#term, incarnation: this.incarnationOf(slot) },
    });
  }

  #slot(slot: number): SlotFence {
    let fence = this.#slots.get(slot);
    if (fence === undefined) {
      fence = { incarnation: 0, ended: 0 };
      this.#slots.set(slot, fence);
    }
    return fence;
  }
}
