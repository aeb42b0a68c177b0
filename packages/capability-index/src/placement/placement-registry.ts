import type { PlacementFilter } from "./placement-filter.ts";

/** What filters registered without a name are counted under. */
const UNNAMED = "unnamed";

/** Placement filters by id, so that a configuration, which is data, can name one. */
export class PlacementRegistry {
  readonly #filters = new Map<
    string,
    { readonly filter: PlacementFilter; readonly label: string }
  >();
  readonly #invocations = new Map<string, number>();
  #lastId = 0;

  /**
   * Adds a filter under an id of the caller's choice, counted under `label`, which several may
   * share; default the id.
   *
   * @returns `false`, and nothing changes, where the id is taken.
   */
  register(id: string, filter: PlacementFilter, label: string = id): boolean {
    if (this.#filters.has(id)) return false;
    this.#filters.set(id, { filter, label });
    this.#invocations.set(label, this.#invocations.get(label) ?? 0);
    return true;
  }

  /** Adds a filter under the next free id of the form `pf-<n>`, and returns that. */
  add(filter: PlacementFilter, label: string = UNNAMED): string {
    let id: string;
    do id = `pf-${++this.#lastId}`;
    while (!this.register(id, filter, label));
    return id;
  }

  /** Removes a filter; `false` where there is none of this id. What was counted stays. */
  unregister(id: string): boolean {
    return this.#filters.delete(id);
  }

  /** The filter of an id, to be asked once: that is counted. */
  get(id: string): PlacementFilter | undefined {
    const found = this.#filters.get(id);
    if (found === undefined) return undefined;
    this.#invocations.set(found.label, (this.#invocations.get(found.label) ?? 0) + 1);
    return found.filter;
  }

  /** How often filters were asked, by label, also those that are gone. */
  invocations(): Readonly<Record<string, number>> {
    return Object.fromEntries(this.#invocations);
  }
}
