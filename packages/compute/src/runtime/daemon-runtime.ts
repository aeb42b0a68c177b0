import {
  type Clock,
  closeAll,
  CloseOnce,
  Emitter,
  type Listen,
  type Logger,
  silentLogger,
  systemClock,
} from "@selvage/core";
import type { Identity, OriginHash } from "@selvage/identity";

import type { DaemonEvent } from "../daemon/daemon-event.ts";
import { DaemonHost, type DeliverOptions } from "../daemon/daemon-host.ts";
import type { DaemonLag, Delivery } from "../daemon/delivery.ts";
import type { DaemonHostConfig } from "../daemon/host-config.ts";
import type { DaemonFactory } from "../daemon/mesh-daemon.ts";
import { ComputeError } from "../errors.ts";
import { DaemonFactoryRegistry } from "../registry/daemon-factory-registry.ts";
import { DaemonRegistry } from "../registry/daemon-registry.ts";
import { SnapshotKeeper, type SnapshotPolicy } from "../snapshot/snapshot-keeper.ts";
import type { SnapshotStore } from "../snapshot/snapshot-store.ts";
import type { StateSnapshot } from "../snapshot/state-snapshot.ts";
import { createHandle, type DaemonHandle } from "./daemon-handle.ts";

/** Something that runs as long as the runtime does, such as what lets other nodes place daemons here. */
export interface RuntimeService {
  /** Begins; it may be used by others at once, but the runtime is not ready before all have begun. */
  start(runtime: DaemonRuntime): AsyncDisposable | Promise<AsyncDisposable>;
}

/** The parts of a {@link DaemonRuntime}. */
export interface DaemonRuntimeParts {
  /** Default the real one. */
  readonly clock?: Clock | undefined;
  /** Where snapshots are kept; default nowhere. */
  readonly store?: SnapshotStore | undefined;
  /** Default one of its own. */
  readonly registry?: DaemonRegistry | undefined;
  readonly services?: readonly RuntimeService[] | undefined;
  /** Default silent. */
  readonly logger?: Logger | undefined;
}

/** How a daemon is run. */
export interface SpawnConfig extends DaemonHostConfig, SnapshotPolicy {}

/** A daemon that was spawned here. */
interface Spawned {
  readonly host: DaemonHost;
  readonly keeper: SnapshotKeeper | undefined;
}

/** Whether daemons can be spawned. */
export type RuntimeState = "registering" | "ready" | "shutting-down";

/**
 * Runs the daemons of a node: kinds are registered, then it is started, then daemons are spawned by
 * kind until it is shut down.
 */
export class DaemonRuntime implements AsyncDisposable {
  /** The daemons that run. */
  readonly registry: DaemonRegistry;
  /** How the daemons that run are made, by origin. */
  readonly factories: DaemonFactoryRegistry = new DaemonFactoryRegistry();
  readonly #clock: Clock;
  readonly #store: SnapshotStore | undefined;
  readonly #services: readonly RuntimeService[];
  readonly #logger: Logger;
  readonly #kinds = new Map<string, DaemonFactory>();
  readonly #spawned = new Map<OriginHash, Spawned>();
  readonly #lagged: Emitter<DaemonLag>;
  readonly #closing: CloseOnce = new CloseOnce(() => this.#close());
  #state: RuntimeState = "registering";
  #starting: Promise<void> | undefined;
  #started: AsyncDisposable[] = [];

  constructor({
    clock = systemClock,
    store,
    logger = silentLogger,
    registry = new DaemonRegistry({ logger }),
    services = [],
  }: DaemonRuntimeParts = {}) {
    this.registry = registry;
    this.#clock = clock;
    this.#store = store;
    this.#services = services;
    this.#logger = logger;
    this.#lagged = new Emitter((error) => logger.error("a listener threw", { error }));
  }

  get state(): RuntimeState {
    return this.#state;
  }

  isReady(): boolean {
    return this.#state === "ready";
  }

  daemonCount(): number {
    return this.registry.count;
  }

  /** Tells of daemons that blocked the loop. */
  get onLag(): Listen<DaemonLag> {
    return this.#lagged.on;
  }

  /**
   * Says how daemons of a kind are made; possible before and after the start.
   *
   * @throws {@link ComputeError} with kind `already-registered` or `shutting-down`.
   */
  registerFactory(kind: string, factory: DaemonFactory): void {
    if (this.#state === "shutting-down") throw this.#shuttingDown();
    if (this.#kinds.has(kind)) {
      throw new ComputeError("already-registered", `there is a factory of kind "${kind}" already`);
    }
    this.#kinds.set(kind, factory);
  }

  /**
   * Starts the services, then opens the gate. Nothing happens if it is open already.
   *
   * @throws {@link ComputeError} with kind `shutting-down`, also if that came in between: the services
   * are then stopped again. What a service throws is rethrown; starting can be tried again.
   */
  async start(): Promise<void> {
    if (this.#state === "shutting-down") throw this.#shuttingDown();
    this.#starting ??= this.#start();
    await this.#starting;
  }

  /**
   * Makes a daemon of a kind and runs it.
   *
   * @throws {@link ComputeError} with kind `not-ready`, `shutting-down`, `factory-not-found`,
   * `factory-failed`, or `already-registered` if a daemon of this identity is here, which stays as it
   * is.
   */
  async spawn(kind: string, identity: Identity, config: SpawnConfig = {}): Promise<DaemonHandle> {
    return this.#spawn(kind, identity, config, undefined);
  }

  /**
   * Makes a daemon of a kind and gives it the state of a snapshot.
   *
   * @throws {@link ComputeError} as {@link spawn} does, and as {@link DaemonHost.fromSnapshot} does:
   * with kind `identity-mismatch` for the snapshot of another entity.
   */
  async spawnFromSnapshot(
    kind: string,
    identity: Identity,
    snapshot: StateSnapshot,
    config: SpawnConfig = {},
  ): Promise<DaemonHandle> {
    return this.#spawn(kind, identity, config, snapshot);
  }

  /**
   * Makes a daemon of a kind as the store knows it, or a new one if it knows nothing.
   *
   * @throws {@link ComputeError} as {@link spawnFromSnapshot} and {@link SnapshotStore.load} do.
   * @throws TypeError without a store.
   */
  async resume(kind: string, identity: Identity, config: SpawnConfig = {}): Promise<DaemonHandle> {
    this.#assertReady();
    if (this.#store === undefined) throw new TypeError("resume needs a store to resume from");
    const snapshot = await this.#store.load(identity.entityId);
    return this.#spawn(kind, identity, config, snapshot);
  }

  /**
   * Delivers an event to a daemon.
   *
   * @throws {@link ComputeError} with kind `not-ready` or `shutting-down`, or as
   * {@link DaemonRegistry.deliver} does.
   */
  deliver(origin: OriginHash, event: DaemonEvent, options?: DeliverOptions): Delivery {
    this.#assertReady();
    return this.registry.deliver(origin, event, options);
  }

  /**
   * A snapshot of a daemon; `undefined` if it has no state.
   *
   * @throws {@link ComputeError} with kind `not-ready` or `shutting-down`, or as
   * {@link DaemonRegistry.snapshot} does.
   */
  snapshot(origin: OriginHash): StateSnapshot | undefined {
    this.#assertReady();
    return this.registry.snapshot(origin);
  }

  /**
   * A handle on a daemon.
   *
   * @throws {@link ComputeError} with kind `not-ready`, `shutting-down` or `not-found`.
   */
  handle(origin: OriginHash): DaemonHandle {
    this.#assertReady();
    return this.registry.withHost(origin, (host) => this.#handle(host));
  }

  /**
   * Stops a daemon: it hears no more events, then its last snapshot is stored where there is a store.
   *
   * @throws {@link ComputeError} with kind `not-ready` or `not-found`; as {@link SnapshotKeeper.flush}
   * does if the last snapshot was not stored: the daemon is gone all the same. While shutting down,
   * stopping a daemon that is gone is fine.
   */
  async stop(origin: OriginHash): Promise<void> {
    if (this.#state === "registering") {
      throw new ComputeError("not-ready", "the runtime has not been started");
    }
    if (this.#state === "shutting-down" && !this.registry.contains(origin)) return;
    await this.#stop(origin);
  }

  /** Stops all daemons, then the services. Idempotent; nothing can be started afterwards. */
  shutdown(): Promise<void> {
    this.#state = "shutting-down";
    return this.#closing.close();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.shutdown();
  }

  async #start(): Promise<void> {
    const started: AsyncDisposable[] = [];
    try {
      for (const service of this.#services) {
        started.push(await service.start(this));
        if (this.#state === "shutting-down") throw this.#shuttingDown();
      }
    } catch (error) {
      this.#starting = undefined;
      await closeAll(started);
      throw error;
    }
    this.#started = started;
    this.#state = "ready";
  }

  async #spawn(
    kind: string,
    identity: Identity,
    config: SpawnConfig,
    snapshot: StateSnapshot | undefined,
  ): Promise<DaemonHandle> {
    this.#assertReady();
    const factory = this.#kinds.get(kind);
    if (factory === undefined) {
      throw new ComputeError("factory-not-found", `no factory of kind "${kind}" is registered`);
    }
    const origin = identity.originHash;
    this.#dropCrashed(origin);
    if (this.registry.contains(origin)) {
      throw new ComputeError("already-registered", `daemon ${origin} is here already`);
    }
    // Before anything waits, so that of two spawns of one identity only one goes on.
    this.factories.register(identity, factory, config);
    try {
      const { daemon } = await this.factories.construct(origin);
      this.#assertReady();
      const parts = { daemon, identity, clock: this.#clock, logger: this.#logger };
      const host =
        snapshot === undefined
          ? DaemonHost.create(parts, config)
          : DaemonHost.fromSnapshot(parts, snapshot, config);
      const keeper = this.#keeperOf(host, config);
      this.registry.register(host);
      this.#spawned.set(origin, { host, keeper });
      host.onLag((lag) => this.#lagged.emit(lag));
      return this.#handle(host);
    } catch (error) {
      this.factories.remove(origin);
      throw error;
    }
  }

  /** Lets go of a daemon that the registry removed by itself. */
  #dropCrashed(origin: OriginHash): void {
    const spawned = this.#spawned.get(origin);
    if (spawned === undefined || this.registry.contains(origin)) return;
    spawned.keeper?.[Symbol.dispose]();
    this.#spawned.delete(origin);
    this.factories.remove(origin);
  }

  #keeperOf(host: DaemonHost, config: SpawnConfig): SnapshotKeeper | undefined {
    if (this.#store === undefined) return undefined;
    return new SnapshotKeeper({ host, store: this.#store, logger: this.#logger }, config);
  }

  #handle(host: DaemonHost): DaemonHandle {
    return createHandle(host, this.registry, () => this.stop(host.originHash));
  }

  async #stop(origin: OriginHash): Promise<void> {
    this.registry.unregister(origin);
    const keeper = this.#spawned.get(origin)?.keeper;
    this.#spawned.delete(origin);
    keeper?.[Symbol.dispose]();
    try {
      // A daemon may stop itself: then the event that it is at is the last one.
      await Promise.resolve();
      await keeper?.flush();
    } finally {
      // Last: as long as its snapshot is being stored, it cannot be spawned again.
      this.factories.remove(origin);
    }
  }

  async #close(): Promise<void> {
    // Whoever called start hears of its failure.
    await this.#starting?.catch(() => {});
    const stopping: AsyncDisposable[] = [
      ...this.#started,
      ...this.registry.list().map((origin) => ({
        [Symbol.asyncDispose]: () => this.stop(origin),
      })),
    ];
    await closeAll(stopping);
  }

  #assertReady(): void {
    if (this.#state === "ready") return;
    if (this.#state === "shutting-down") throw this.#shuttingDown();
    throw new ComputeError("not-ready", "the runtime has not been started");
  }

  #shuttingDown(): ComputeError {
    return new ComputeError("shutting-down", "the runtime is shut down, or about to be");
  }
}
