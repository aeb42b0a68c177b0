import type { NodeId } from "@selvage/core";
import type { Identity, OriginHash } from "@selvage/identity";

import type { DaemonHostConfig } from "../daemon/host-config.ts";
import type { DaemonFactory, MeshDaemon } from "../daemon/mesh-daemon.ts";
import { ComputeError } from "../errors.ts";

/** How a daemon of a certain origin is made. */
export interface FactoryEntry {
  readonly factory: DaemonFactory;
  /** Who it will be; `undefined` in a placeholder, for one whose identity comes with its snapshot. */
  readonly identity: Identity | undefined;
  readonly config: DaemonHostConfig;
  /** The only node from which its snapshot may come; `undefined` until one is named. */
  readonly expectedOrchestrator: NodeId | undefined;
}

/** What {@link DaemonFactoryRegistry.construct} made. */
export interface ConstructedDaemon extends FactoryEntry {
  readonly daemon: MeshDaemon;
}

/** How the daemons of a node are made again, by origin. */
export class DaemonFactoryRegistry {
  readonly #entries = new Map<OriginHash, FactoryEntry>();

  get count(): number {
    return this.#entries.size;
  }

  contains(origin: OriginHash): boolean {
    return this.#entries.has(origin);
  }

  /**
   * Notes how a daemon is made.
   *
   * @throws {@link ComputeError} with kind `already-registered`; what is there stays.
   */
  register(identity: Identity, factory: DaemonFactory, config: DaemonHostConfig = {}): void {
    this.#add(identity.originHash, {
      factory,
      identity,
      config,
      expectedOrchestrator: undefined,
    });
  }

  /**
   * Notes how a daemon is made whose identity is not known here yet.
   *
   * @throws {@link ComputeError} with kind `already-registered`; what is there stays.
   */
  registerPlaceholder(
    origin: OriginHash,
    factory: DaemonFactory,
    config: DaemonHostConfig = {},
  ): void {
    this.#add(origin, { factory, identity: undefined, config, expectedOrchestrator: undefined });
  }

  /**
   * Makes the daemon; the entry stays, so that it can be made again if what comes next fails.
   *
   * @throws {@link ComputeError} with kind `factory-not-found` or `factory-failed`.
   */
  async construct(origin: OriginHash): Promise<ConstructedDaemon> {
    const entry = this.#entries.get(origin);
    if (entry === undefined) {
      throw new ComputeError("factory-not-found", `there is no factory for daemon ${origin}`);
    }
    return { ...entry, daemon: await makeDaemon(entry.factory) };
  }

  /** Gives an entry away. */
  take(origin: OriginHash): FactoryEntry | undefined {
    const entry = this.#entries.get(origin);
    this.#entries.delete(origin);
    return entry;
  }

  /** Removes an entry, if there is one. */
  remove(origin: OriginHash): void {
    this.#entries.delete(origin);
  }

  /**
   * Names the node from which the snapshot of a daemon may come: whoever is first would be believed
   * otherwise. `false` if the origin is not known, or bound to another node.
   */
  bindExpectedOrchestrator(origin: OriginHash, nodeId: NodeId): boolean {
    const entry = this.#entries.get(origin);
    if (entry === undefined) return false;
    if (entry.expectedOrchestrator !== undefined) return entry.expectedOrchestrator === nodeId;
    this.#entries.set(origin, { ...entry, expectedOrchestrator: nodeId });
    return true;
  }

  #add(origin: OriginHash, entry: FactoryEntry): void {
    if (this.#entries.has(origin)) {
      throw new ComputeError(
        "already-registered",
        `there is a factory for daemon ${origin} already`,
      );
    }
    this.#entries.set(origin, entry);
  }
}

/**
 * Calls a factory once.
 *
 * @throws {@link ComputeError} with kind `factory-failed`.
 */
export async function makeDaemon(factory: DaemonFactory): Promise<MeshDaemon> {
  try {
    return await factory();
  } catch (cause) {
    const message = cause instanceof Error ? cause.message : String(cause);
    throw new ComputeError("factory-failed", `the factory failed: ${message}`, { cause });
  }
}
