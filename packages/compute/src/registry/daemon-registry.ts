import { type Logger, silentLogger } from "@selvage/core";
import type { Identity, OriginHash } from "@selvage/identity";

import { messageOf } from "../daemon/daemon-calls.ts";
import type { DaemonEvent } from "../daemon/daemon-event.ts";
import type { DaemonHost, DaemonStats, DeliverOptions } from "../daemon/daemon-host.ts";
import type { Delivery } from "../daemon/delivery.ts";
import type { DaemonHealth } from "../daemon/mesh-daemon.ts";
import { DEFAULT_SATURATION_STEP } from "../defaults.ts";
import { ComputeError, isComputeError } from "../errors.ts";
import type { StateSnapshot } from "../snapshot/state-snapshot.ts";
import type { DaemonLifecycleEvent, DaemonLifecycleObserver } from "./lifecycle.ts";

/** Configuration of a {@link DaemonRegistry}. */
export interface DaemonRegistryConfig {
  /** Whether a daemon whose `process` fails has crashed, and is removed; default `false`. */
  readonly crashOnError?: boolean | undefined;
  /** How much a saturation must change to be told; default {@link DEFAULT_SATURATION_STEP}. */
  readonly saturationStep?: number | undefined;
  /** Default silent. */
  readonly logger?: Logger | undefined;
}

interface Entry {
  readonly host: DaemonHost;
  health: DaemonHealth;
  saturation: number;
}

/** The daemons of a node, by origin. */
export class DaemonRegistry {
  readonly #entries = new Map<OriginHash, Entry>();
  readonly #crashOnError: boolean;
  readonly #saturationStep: number;
  readonly #logger: Logger;
  #observer: DaemonLifecycleObserver | undefined;

  constructor({
    crashOnError = false,
    saturationStep = DEFAULT_SATURATION_STEP,
    logger = silentLogger,
  }: DaemonRegistryConfig = {}) {
    this.#crashOnError = crashOnError;
    this.#saturationStep = saturationStep;
    this.#logger = logger;
  }

  /** How many daemons there are. */
  get count(): number {
    return this.#entries.size;
  }

  /** Whether there is a daemon of this origin. */
  contains(origin: OriginHash): boolean {
    return this.#entries.has(origin);
  }

  /** The origins, in the order of registration. */
  list(): readonly OriginHash[] {
    return [...this.#entries.keys()];
  }

  /** The host of an origin. It may be replaced at any time: better use {@link withHost}. */
  get(origin: OriginHash): DaemonHost | undefined {
    return this.#entries.get(origin)?.host;
  }

  /**
   * Adds a daemon.
   *
   * @throws {@link ComputeError} with kind `already-registered`.
   */
  register(host: DaemonHost): void {
    if (this.#entries.has(host.originHash)) {
      throw new ComputeError("already-registered", `daemon ${host.originHash} is here already`);
    }
    this.#put(host);
  }

  /** Adds a daemon, in the place of the one that is there, if any. Returns that. */
  replace(host: DaemonHost): DaemonHost | undefined {
    const before = this.#entries.get(host.originHash)?.host;
    if (before === host) return before;
    // Put there first, so that at no moment there is none: then told, the end before the beginning.
    const entry = this.#newEntry(host);
    this.#entries.set(host.originHash, entry);
    if (before !== undefined) this.#tellUnregistered(before);
    this.#tellRegistered(host);
    return before;
  }

  /**
   * Removes a daemon and returns its host; possible also from inside {@link withHost} and `process`.
   *
   * @throws {@link ComputeError} with kind `not-found`.
   */
  unregister(origin: OriginHash): DaemonHost {
    const { host } = this.#entry(origin);
    this.#entries.delete(origin);
    this.#tellUnregistered(host);
    return host;
  }

  /**
   * Delivers an event to a daemon.
   *
   * @throws {@link ComputeError} with kind `not-found`; `stale` if the daemon was replaced while it
   * processed the event, which then counts for nothing; otherwise as {@link DaemonHost.deliver} does.
   */
  deliver(origin: OriginHash, event: DaemonEvent, options?: DeliverOptions): Delivery {
    return this.withHost(origin, (host) => {
      try {
        return host.deliver(event, options);
      } catch (error) {
        if (this.#crashOnError && isCrash(error)) this.#crash(host, error);
        throw error;
      }
    });
  }

  /**
   * A snapshot of a daemon.
   *
   * @throws {@link ComputeError} with kind `not-found`, or as {@link DaemonHost.takeSnapshot} does.
   */
  snapshot(origin: OriginHash): StateSnapshot | undefined {
    return this.withHost(origin, (host) => host.takeSnapshot());
  }

  /**
   * Gives a daemon the state of another copy.
   *
   * @throws {@link ComputeError} with kind `not-found`, or as {@link DaemonHost.restoreFrom} does.
   */
  restoreFromSnapshot(origin: OriginHash, snapshot: StateSnapshot): void {
    this.withHost(origin, (host) => host.restoreFrom(snapshot));
  }

  /** @throws {@link ComputeError} with kind `not-found`. */
  stats(origin: OriginHash): DaemonStats {
    return this.withHost(origin, (host) => host.stats());
  }

  /** The identity of a daemon; `undefined` if there is none of this origin. */
  daemonIdentity(origin: OriginHash): Identity | undefined {
    return this.#entries.get(origin)?.host.identity;
  }

  /**
   * Does something with the host of an origin and returns the result.
   *
   * @throws {@link ComputeError} with kind `not-found`, or `stale` if the host was replaced
   * meanwhile. It may be removed.
   */
  withHost<T>(origin: OriginHash, use: (host: DaemonHost) => T): T {
    const { host } = this.#entry(origin);
    const result = use(host);
    const now = this.#entries.get(origin)?.host;
    if (now !== undefined && now !== host) throw staleError(origin);
    return result;
  }

  /**
   * Whether a host is still the one of its origin.
   *
   * @throws {@link ComputeError} with kind `stale` if it is not.
   */
  assertCurrent(host: DaemonHost): void {
    if (this.#entries.get(host.originHash)?.host !== host) throw staleError(host.originHash);
  }

  /** Sets who hears of daemons, and returns who did before; `undefined` for nobody. */
  setLifecycleObserver(
    observer: DaemonLifecycleObserver | undefined,
  ): DaemonLifecycleObserver | undefined {
    const before = this.#observer;
    this.#observer = observer;
    return before;
  }

  /** Asks every daemon how it feels and how busy it is, and tells what changed since it was last asked. */
  poll(): void {
    for (const [origin, entry] of this.#entries) {
      const health = entry.host.health();
      if (!sameHealth(health, entry.health)) {
        entry.health = health;
        this.#tell({ kind: "health-changed", origin, health });
      }
      const saturation = entry.host.saturation();
      if (Math.abs(saturation - entry.saturation) >= this.#saturationStep) {
        entry.saturation = saturation;
        this.#tell({ kind: "saturation-changed", origin, saturation });
      }
    }
  }

  #entry(origin: OriginHash): Entry {
    const entry = this.#entries.get(origin);
    if (entry === undefined) throw new ComputeError("not-found", `there is no daemon ${origin}`);
    return entry;
  }

  #newEntry(host: DaemonHost): Entry {
    return { host, health: { status: "healthy" }, saturation: 0 };
  }

  #put(host: DaemonHost): void {
    this.#entries.set(host.originHash, this.#newEntry(host));
    this.#tellRegistered(host);
  }

  #crash(host: DaemonHost, error: unknown): void {
    const { originHash: origin, name } = host;
    if (this.#entries.get(origin)?.host !== host) return;
    this.#entries.delete(origin);
    this.#tell({ kind: "crashed", origin, name, reason: messageOf(error) });
    this.#tellUnregistered(host);
  }

  #tellRegistered({ originHash: origin, name }: DaemonHost): void {
    this.#tell({ kind: "registered", origin, name });
  }

  #tellUnregistered({ originHash: origin, name }: DaemonHost): void {
    this.#tell({ kind: "unregistered", origin, name });
  }

  #tell(event: DaemonLifecycleEvent): void {
    try {
      this.#observer?.(event);
    } catch (error) {
      this.#logger.error("the lifecycle observer threw", { error });
    }
  }
}

function isCrash(error: unknown): boolean {
  return isComputeError(error, "process-failed") || isComputeError(error, "async-process");
}

function staleError(origin: OriginHash): ComputeError {
  return new ComputeError("stale", `daemon ${origin} was replaced or removed meanwhile`);
}

function sameHealth(a: DaemonHealth, b: DaemonHealth): boolean {
  const reasonOf = (health: DaemonHealth): string =>
    health.status === "healthy" ? "" : health.reason;
  return a.status === b.status && reasonOf(a) === reasonOf(b);
}
