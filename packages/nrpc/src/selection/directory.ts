import { type CapabilityEntry, type CapabilityIndex, mayUse } from "@selvage/capability-index";
import { Emitter, type Listen, type NodeId } from "@selvage/core";

import { isCompatible } from "../contract.ts";
import { parseOffer, serviceKey, serviceTag } from "../service-tags.ts";
import type { Provider } from "./provider.ts";

/** Services whose providers are kept at hand between calls. */
const MAX_CACHED_SERVICES = 1_024;

/** Who serves what, out of the capability index; kept at hand until the index changes. */
export class Directory implements Disposable {
  readonly #index: CapabilityIndex;
  readonly #ownNodeId: NodeId;
  readonly #cache: Map<string, readonly Provider[]> = new Map();
  readonly #changed: Emitter<void>;
  readonly #subscription: Disposable;

  constructor(index: CapabilityIndex, ownNodeId: NodeId, reportError: (error: unknown) => void) {
    this.#index = index;
    this.#ownNodeId = ownNodeId;
    this.#changed = new Emitter(reportError);
    this.#subscription = index.onChange(() => {
      this.#cache.clear();
      this.#changed.emit();
    });
  }

  /** Fires when providers came, went or changed. */
  get onChange(): Listen<void> {
    return this.#changed.on;
  }

  /** Every other node that provides a service, in the order of node ids. */
  providers(service: string): readonly Provider[] {
    return this.#cached(service, () =>
      this.#others(service).map((entry) => ({
        nodeId: entry.nodeId,
        entityId: entry.entityId,
        bootId: entry.bootId,
        addresses: entry.addresses,
        offer: parseOffer(service, entry.capabilities.metadata.get(serviceKey(service))),
      })),
    );
  }

  /**
   * A node has no session with itself: what it serves it can call without the mesh. Those who say
   * that they do not serve us are left alone.
   */
  #others(service: string): readonly CapabilityEntry[] {
    const entries = this.#index.find({ tags: [serviceTag(service)] });
    return entries.filter(
      (entry) => entry.nodeId !== this.#ownNodeId && mayUse(entry, this.#ownNodeId),
    );
  }

  /** The providers that a caller built against `version` can use. */
  compatible(service: string, version: string): readonly Provider[] {
    return this.#cached(`${service} ${version}`, () =>
      this.providers(service).filter(({ offer }) => isCompatible(version, offer.version)),
    );
  }

  [Symbol.dispose](): void {
    this.#subscription[Symbol.dispose]();
    this.#changed.clear();
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
