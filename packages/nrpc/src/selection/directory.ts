import {
  type CapabilityEntry,
  type CapabilityIndex,
  type CapabilityQuery,
  mayUse,
} from "@selvage/capability-index";
import { Emitter, type Listen, type NodeId } from "@selvage/core";

import { isCompatible } from "../contract.ts";
import { parseOffer, serviceKey, serviceTag } from "../service-tags.ts";
import type { Provider } from "./provider.ts";

/** Services whose providers are kept at hand between calls. */
const MAX_CACHED_SERVICES = 1_024;

const NOTHING_YET: {
  readonly service: string;
  readonly version: string;
  readonly providers: readonly Provider[];
} = { service: "", version: "", providers: [] };

/** What can be asked of the capabilities of providers. */
export type ProviderQuery = Pick<CapabilityQuery, "where" | "scope">;

/** Who serves what, out of the capability index; kept at hand until the index changes. */
export class Directory implements Disposable {
  readonly #index: CapabilityIndex;
  readonly #ownNodeId: NodeId;
  readonly #cache: Map<string, readonly Provider[]> = new Map();
  readonly #changed: Emitter<void>;
  readonly #subscription: Disposable;
  /** What was asked for last: many callers call one service over and over. */
  #last = NOTHING_YET;
  #generation = 0;

  constructor(index: CapabilityIndex, ownNodeId: NodeId, reportError: (error: unknown) => void) {
    this.#index = index;
    this.#ownNodeId = ownNodeId;
    this.#changed = new Emitter(reportError);
    this.#subscription = index.onChange(() => {
      this.#generation++;
      this.#cache.clear();
      this.#last = NOTHING_YET;
      this.#changed.emit();
    });
  }

  /** Fires when providers came, went or changed. */
  get onChange(): Listen<void> {
    return this.#changed.on;
  }

  /** Another number after every change: as long as it stays the same, so do all answers. */
  get generation(): number {
    return this.#generation;
  }

  /**
   * Every node that provides a service, in the order of node ids; this one is a provider like any
   * other. Those who say that they do not serve us are left alone.
   */
  providers(service: string): readonly Provider[] {
    return this.#cached(service, () =>
      this.#known(service)
        .filter((entry) => mayUse(entry, this.#ownNodeId))
        .map((entry) => toProvider(service, entry)),
    );
  }

  /** The providers that a caller built against `version` can use. */
  compatible(service: string, version: string): readonly Provider[] {
    const last = this.#last;
    if (last.service === service && last.version === version) return last.providers;
    const providers = this.#cached(`${service} ${version}`, () =>
      this.providers(service).filter(({ offer }) => isCompatible(version, offer.version)),
    );
    this.#last = { service, version, providers };
    return providers;
  }

  /**
   * Of the {@link compatible} ones those whose capabilities are as asked.
   *
   * @throws TypeError for a scope that is none; RangeError for a predicate that is too large.
   */
  matching(service: string, version: string, { where, scope }: ProviderQuery): readonly Provider[] {
    const found = this.#index.find({ tags: [serviceTag(service)], where, scope });
    const nodeIds = new Set(found.map(({ nodeId }) => nodeId));
    return this.compatible(service, version).filter(({ nodeId }) => nodeIds.has(nodeId));
  }

  /** How many nodes provide a service, those among them that say they do not serve us. */
  countKnown(service: string): number {
    return this.#known(service).length;
  }

  /** The process that announced itself under a node id last. */
  bootIdOf(nodeId: NodeId): string | undefined {
    return this.#index.get(nodeId)?.bootId;
  }

  [Symbol.dispose](): void {
    this.#subscription[Symbol.dispose]();
    this.#changed.clear();
  }

  #known(service: string): readonly CapabilityEntry[] {
    return this.#index.find({ tags: [serviceTag(service)] });
  }

  #cached(key: string, look: () => readonly Provider[]): readonly Provider[] {
    const known = this.#cache.get(key);
    if (known !== undefined) return known;
    const found = look();
    if (this.#cache.size >= MAX_CACHED_SERVICES) this.#cache.clear();
    this.#cache.set(key, found);
    return found;
  }
}

function toProvider(service: string, entry: CapabilityEntry): Provider {
  const { nodeId, entityId, bootId, addresses, capabilities } = entry;
  const offer = parseOffer(service, capabilities.metadata.get(serviceKey(service)));
  return { nodeId, entityId, bootId, addresses, capabilities, offer };
}
