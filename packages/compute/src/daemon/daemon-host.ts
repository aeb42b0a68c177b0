import {
  type Clock,
  Emitter,
  equalBytes,
  type Listen,
  type Logger,
  silentLogger,
} from "@selvage/core";
import { deriveOriginHash, type Identity, type OriginHash } from "@selvage/identity";

import { CausalChain } from "../causal/causal-chain.ts";
import { ObservedHorizon } from "../causal/horizon.ts";
import { syncSentinel } from "../causal/link-hash.ts";
import { ComputeError } from "../errors.ts";
import { DaemonBindings } from "../registry/daemon-bindings.ts";
import { readProducers } from "../snapshot/decode-snapshot.ts";
import type { StateSnapshot } from "../snapshot/state-snapshot.ts";
import { ByteWriter } from "../wire/byte-writer.ts";
import { healthOf, processEvent, restoreState, saturationOf, takeState } from "./daemon-calls.ts";
import { checkEvent, type DaemonEvent, type StoredEvent } from "./daemon-event.ts";
import type { AppliedEvent, DaemonLag, Delivery, Outcome } from "./delivery.ts";
import { type DaemonHostConfig, type HostSettings, resolveHostConfig } from "./host-config.ts";
import type { DaemonControl, DaemonHealth, MeshDaemon } from "./mesh-daemon.ts";
import { type EventIdentity, ProducerTable, type ProducerTableStats } from "./producer-table.ts";
import { compareTerms, NO_TERM, type Term } from "./term.ts";

/** The parts of a {@link DaemonHost}. */
export interface DaemonHostParts {
  readonly daemon: MeshDaemon;
  /** Who the daemon is: its outputs are linked under this origin. */
  readonly identity: Identity;
  readonly clock: Clock;
  /** Default silent. */
  readonly logger?: Logger | undefined;
}

/** Options of {@link DaemonHost.deliver}. */
export interface DeliverOptions {
  /** Who is in charge; default the term of the last applied event. */
  readonly term?: Term | undefined;
}

/** Figures of a {@link DaemonHost}, since it was made. */
export interface DaemonStats extends ProducerTableStats {
  readonly eventsProcessed: number;
  readonly eventsEmitted: number;
  /** Events that failed in the daemon. */
  readonly errors: number;
  /** Events that came again and were answered from memory. */
  readonly repeats: number;
  readonly snapshotsTaken: number;
  /** How often `process` took too long. */
  readonly lags: number;
}

/**
 * Runs one daemon: numbers the events that it applies, remembers what came of them so that none is
 * applied twice, and links its outputs into a causal chain. A failing event changes nothing here.
 */
export class DaemonHost {
  readonly identity: Identity;
  /** What the daemon listens to. */
  readonly bindings: DaemonBindings;
  readonly #daemon: MeshDaemon;
  readonly #clock: Clock;
  readonly #logger: Logger;
  readonly #settings: HostSettings;
  readonly #applied: Emitter<AppliedEvent>;
  readonly #lagged: Emitter<DaemonLag>;
  readonly #controls: DaemonControl[] = [];
  /** Applied events that listeners have yet to hear of. */
  readonly #untold: AppliedEvent[] = [];
  readonly #chain: CausalChain;
  #horizon = new ObservedHorizon();
  #producers: ProducerTable;
  #deliveryIndex = 0;
  #term: Term = NO_TERM;
  #isInDaemon = false;
  #isTelling = false;
  #eventsProcessed = 0;
  #eventsEmitted = 0;
  #errors = 0;
  #repeats = 0;
  #snapshotsTaken = 0;
  #lags = 0;

  private constructor(
    { daemon, identity, clock, logger = silentLogger }: DaemonHostParts,
    config: DaemonHostConfig,
    chain: CausalChain = CausalChain.begin(identity.originHash),
    bindings: DaemonBindings = new DaemonBindings(),
  ) {
    if (chain.originHash !== identity.originHash) {
      throw new ComputeError(
        "identity-mismatch",
        `the chain is of ${chain.originHash}, the daemon is ${identity.originHash}`,
      );
    }
    this.identity = identity;
    this.bindings = bindings;
    this.#daemon = daemon;
    this.#clock = clock;
    this.#logger = logger.child({ daemon: daemon.name, origin: identity.originHash });
    this.#settings = resolveHostConfig(config);
    this.#chain = chain;
    this.#producers = new ProducerTable(this.#settings);
    const report = (error: unknown): void => this.#logger.error("a listener threw", { error });
    this.#applied = new Emitter(report);
    this.#lagged = new Emitter(report);
  }

  /**
   * A daemon before its first event.
   *
   * @throws RangeError for a configuration that makes no sense.
   */
  static create(parts: DaemonHostParts, config: DaemonHostConfig = {}): DaemonHost {
    return new DaemonHost(parts, config);
  }

  /**
   * A daemon whose chain began as a fork, see {@link CausalChain.fork}.
   *
   * @throws {@link ComputeError} with kind `identity-mismatch` for the chain of somebody else.
   */
  static fromFork(
    parts: DaemonHostParts,
    chain: CausalChain,
    config: DaemonHostConfig = {},
  ): DaemonHost {
    return new DaemonHost(parts, config, chain);
  }

  /**
   * A daemon as it was when the snapshot was taken.
   *
   * @throws {@link ComputeError} with kind `identity-mismatch` for the snapshot of another entity,
   * `restore-failed` if the daemon refuses its state, `state-too-large`, `bad-snapshot`,
   * `bad-horizon` or `bad-bindings`.
   */
  static fromSnapshot(
    parts: DaemonHostParts,
    snapshot: StateSnapshot,
    config: DaemonHostConfig = {},
  ): DaemonHost {
    const { identity } = parts;
    if (!equalBytes(snapshot.entityId, identity.entityId)) {
      throw new ComputeError(
        "identity-mismatch",
        `the snapshot is of ${deriveOriginHash(snapshot.entityId)}, the daemon is ${identity.originHash}`,
      );
    }
    const { head, sentinel } = snapshot;
    const chain = CausalChain.resume(identity.originHash, head, sentinel);
    const bindings = DaemonBindings.decode(snapshot.bindings);
    const host = new DaemonHost(parts, config, chain, bindings);
    host.#takeOver(snapshot);
    return host;
  }

  get name(): string {
    return this.#daemon.name;
  }

  get originHash(): OriginHash {
    return this.identity.originHash;
  }

  /** How many events were applied; the next one has an index of one more. */
  get deliveryIndex(): number {
    return this.#deliveryIndex;
  }

  /** The term of the last applied event. */
  get term(): Term {
    return this.#term;
  }

  /** The causal chain of its outputs. */
  get chain(): CausalChain {
    return this.#chain;
  }

  /** The daemon itself, to be asked for its requirements; events go through the host. */
  get daemon(): MeshDaemon {
    return this.#daemon;
  }

  /** Whether the daemon is at work at this moment, that is, we are called from inside of it. */
  get isInDaemon(): boolean {
    return this.#isInDaemon;
  }

  /** Tells of every applied event, in order, before {@link deliver} returns. */
  get onApplied(): Listen<AppliedEvent> {
    return this.#applied.on;
  }

  /** Tells when `process` took too long. */
  get onLag(): Listen<DaemonLag> {
    return this.#lagged.on;
  }

  /**
   * Applies an event once, however often it is delivered: a repeat gets what came of it then. If
   * anything fails, it was not applied.
   *
   * @throws {@link ComputeError} with kind `bad-event`, `self-delivery`, `stale-term`,
   * `stale-incarnation`, `producer-expired`, `outcome-expired`, `process-failed`, `async-process` or
   * `exhausted`.
   */
  deliver(event: DaemonEvent, { term = this.#term }: DeliverOptions = {}): Delivery {
    this.#check(event, term);
    const known = this.#producers.find(event);
    if (known !== undefined) return this.#repeat(known);
    return this.#apply({ index: this.#deliveryIndex + 1, term, event });
  }

  /**
   * Applies an event that got its index elsewhere, as standbys do. One that was applied under this
   * index before is answered as a repeat.
   *
   * @throws {@link ComputeError} as {@link deliver} does, and with kind `index-gap` if events before
   * it are missing, `index-conflict` if it was applied under another index.
   */
  apply(stored: StoredEvent): Delivery {
    const { index, term, event } = stored;
    this.#check(event, term);
    const known = this.#producers.find(event);
    if (known !== undefined) {
      if (known.index === index) return this.#repeat(known);
      throw new ComputeError("index-conflict", `event ${index} was applied as ${known.index}`);
    }
    if (index > this.#deliveryIndex + 1) {
      throw new ComputeError(
        "index-gap",
        `event ${index} does not follow the last applied one, which is ${this.#deliveryIndex}`,
      );
    }
    if (index <= this.#deliveryIndex) {
      throw new ComputeError("index-conflict", `another event was applied as ${index}`);
    }
    return this.#apply(stored);
  }

  /**
   * What came of an event if it was applied, without applying it; `undefined` if it was not.
   *
   * @throws {@link ComputeError} with kind `stale-incarnation`, `producer-expired` or
   * `outcome-expired`.
   */
  outcomeOf(event: EventIdentity): Outcome | undefined {
    return this.#producers.find(event);
  }

  /**
   * Everything that the daemon is; `undefined` if it tells nothing of itself.
   *
   * @throws {@link ComputeError} with kind `snapshot-failed`, `state-too-large` or, from inside the
   * daemon, `self-delivery`.
   */
  takeSnapshot(): StateSnapshot | undefined {
    const state = this.#enter(() => takeState(this.#daemon, this.#settings.maxStateBytes));
    if (state === undefined) return undefined;
    this.#snapshotsTaken++;
    const producers = new ByteWriter(this.#producers.encodedBytes);
    this.#producers.encode(producers);
    return {
      entityId: this.identity.entityId,
      term: this.#term,
      throughDelivery: this.#deliveryIndex,
      head: this.#chain.head,
      sentinel: this.#chain.sentinel,
      createdAtMs: Math.floor(this.#clock.wallNow()),
      horizon: this.#horizon.encode(),
      producers: producers.finish(),
      state,
      bindings: this.bindings.encode(),
    };
  }

  /**
   * Takes over the state of another copy of the daemon, with its delivery index, term, horizon and
   * producers. Chain and bindings stay its own: the chain says by a {@link syncSentinel} that what
   * follows comes from elsewhere.
   *
   * @throws {@link ComputeError} as {@link fromSnapshot} does. The daemon may then be in any state,
   * and must be restored or dropped.
   */
  restoreFrom(snapshot: StateSnapshot): void {
    this.#takeOver(snapshot);
    const source = deriveOriginHash(snapshot.entityId);
    if (source !== this.originHash) {
      this.#chain.breakOff(syncSentinel(source, snapshot.throughDelivery));
    }
  }

  /** Tells the daemon what a supervisor has to say: now, or after the event that it is busy with. */
  control(control: DaemonControl): void {
    this.#controls.push(control);
    if (!this.#isInDaemon) this.#tellControls();
  }

  health(): DaemonHealth {
    return healthOf(this.#daemon);
  }

  saturation(): number {
    return saturationOf(this.#daemon);
  }

  stats(): DaemonStats {
    return {
      eventsProcessed: this.#eventsProcessed,
      eventsEmitted: this.#eventsEmitted,
      errors: this.#errors,
      repeats: this.#repeats,
      snapshotsTaken: this.#snapshotsTaken,
      lags: this.#lags,
      ...this.#producers.stats(),
    };
  }

  #check(event: DaemonEvent, term: Term): void {
    checkEvent(event, this.#settings.maxEventBytes);
    if (this.#isInDaemon || event.producer === this.originHash) {
      throw new ComputeError("self-delivery", `daemon ${this.originHash} delivers to itself`);
    }
    if (compareTerms(term, this.#term) < 0) {
      throw new ComputeError(
        "stale-term",
        `term ${term.number} of ${term.coordinator} was followed by ${this.#term.number} ` +
          `of ${this.#term.coordinator}`,
      );
    }
  }

  #repeat(outcome: Outcome): Delivery {
    this.#repeats++;
    return { index: outcome.index, outputs: outcome.outputs, repeated: true };
  }

  #apply({ index, term, event }: StoredEvent): Delivery {
    if (!Number.isSafeInteger(index)) {
      throw new ComputeError("exhausted", `daemon ${this.originHash} has no indices left`);
    }
    const payloads = this.#process(event);
    this.#horizon.observe(event.producer, event.sequence);
    const horizon = this.#horizon.encoded;
    const outputs = payloads.map((payload) => this.#chain.append(payload, horizon));
    this.#deliveryIndex = index;
    this.#term = term;
    this.#producers.record(event, { index, outputs });
    this.#eventsProcessed++;
    this.#eventsEmitted += outputs.length;
    this.#tellApplied({ index, term, event, outputs });
    return { index, outputs, repeated: false };
  }

  /** In order for every listener, even if one of them delivers the next event. */
  #tellApplied(applied: AppliedEvent): void {
    this.#untold.push(applied);
    if (this.#isTelling) return;
    this.#isTelling = true;
    try {
      for (let next = this.#untold.shift(); next; next = this.#untold.shift()) {
        this.#applied.emit(next);
      }
    } finally {
      this.#isTelling = false;
    }
  }

  #process(event: DaemonEvent): readonly Uint8Array[] {
    const begin = this.#clock.now();
    try {
      return this.#enter(() => processEvent(this.#daemon, event, this.#settings.maxOutputBytes));
    } catch (error) {
      this.#errors++;
      throw error;
    } finally {
      const ms = this.#clock.now() - begin;
      if (ms >= this.#settings.lagThresholdMs) {
        this.#lags++;
        this.#logger.warn("process took too long", { ms });
        this.#lagged.emit({ originHash: this.originHash, name: this.name, ms });
      }
      this.#tellControls();
    }
  }

  #takeOver(snapshot: StateSnapshot): void {
    const { throughDelivery, term } = snapshot;
    // All that can fail before the daemon is touched.
    const horizon = ObservedHorizon.decode(snapshot.horizon);
    const producers = readProducers(snapshot.producers, throughDelivery, this.#settings);
    this.#enter(() => restoreState(this.#daemon, snapshot.state, this.#settings.maxStateBytes));
    this.#horizon = horizon;
    this.#producers = producers;
    this.#deliveryIndex = throughDelivery;
    this.#term = term;
  }

  #enter<T>(act: () => T): T {
    if (this.#isInDaemon) {
      throw new ComputeError("self-delivery", `daemon ${this.originHash} calls its own host`);
    }
    this.#isInDaemon = true;
    try {
      return act();
    } finally {
      this.#isInDaemon = false;
    }
  }

  #tellControls(): void {
    for (let next = this.#controls.shift(); next !== undefined; next = this.#controls.shift()) {
      const control = next;
      try {
        this.#enter(() => this.#daemon.onControl?.(control));
      } catch (error) {
        this.#logger.error("onControl threw", { error });
      }
    }
  }
}
