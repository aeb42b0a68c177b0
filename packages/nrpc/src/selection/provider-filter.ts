import type { EntityId } from "@selvage/identity";

import type { Directory, ProviderQuery } from "./directory.ts";
import type { Provider } from "./provider.ts";

/** Which providers one call may go to, besides those of the right version. */
export interface ProviderFilterRules extends ProviderQuery {
  readonly trust: ((entityId: EntityId) => boolean) | undefined;
}

/** Where providers are looked up. */
export type ProviderSource = Pick<Directory, "generation" | "compatible" | "matching">;

/** What was found for a service, and when. */
interface Found {
  readonly generation: number;
  readonly service: string;
  readonly version: string;
  readonly providers: readonly Provider[];
}

/** Narrows the providers for one call. Who is trusted is asked once, until providers change. */
export class ProviderFilter {
  readonly rules: ProviderFilterRules;
  #found: Found | undefined;

  constructor(rules: ProviderFilterRules) {
    this.rules = rules;
  }

  /**
   * The providers that the call may go to.
   *
   * @throws TypeError and RangeError as {@link Directory.matching}; what `trust` throws.
   */
  apply(directory: ProviderSource, service: string, version: string): readonly Provider[] {
    const { generation } = directory;
    const known = this.#found;
    if (
      known?.generation === generation &&
      known.service === service &&
      known.version === version
    ) {
      return known.providers;
    }
    const { trust, where, scope } = this.rules;
    let providers =
      where === undefined && scope === undefined
        ? directory.compatible(service, version)
        : directory.matching(service, version, { where, scope });
    if (trust !== undefined) providers = providers.filter(({ entityId }) => trust(entityId));
    this.#found = { generation, service, version, providers };
    return providers;
  }
}
