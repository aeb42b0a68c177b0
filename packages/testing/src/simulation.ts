import type { Seed, SeededRandom } from "./seeded.ts";
import type { LinkConfig } from "./sim/link.ts";
import type { NodeRef, SimNetwork } from "./sim/network.ts";
import type { SimNode } from "./sim/process.ts";
import type { SimStats } from "./sim/stats.ts";
import { World } from "./sim/world.ts";

/** Construction options of {@link createSimulation}. */
export interface SimulationConfig {
  /** The whole run is a pure function of it. */
  readonly seed: Seed;
  /** Wall-clock time at the start. Default 2026-01-01T00:00:00Z. */
  readonly wallStartMs?: number | undefined;
  /** Changes to the defaults of all links. */
  readonly link?: LinkConfig | undefined;
  /** How many of the newest trace lines are kept for a failing seed. Default 0. */
  readonly traceLines?: number | undefined;
}

/** Options of {@link Simulation.node}: they stay through restarts. */
export interface SimNodeConfig {
  /** How fast the machine's clocks run, in parts per million off. Default 0. */
  readonly skewPpm?: number | undefined;
  /** How far its wall clock is off at the start, in milliseconds. Default 0. */
  readonly wallOffsetMs?: number | undefined;
}

/**
 * Several nodes with their clocks and a network, in one process and in virtual time.
 *
 * One turn is up to 32 datagrams or one timer, for one node; then microtasks run to quiescence,
 * then the node's end-of-turn callbacks, then microtasks again. As in a real loop, those come only
 * once the socket was looked at: behind a timer they wait for the datagrams that are there. What is
 * queued by an end-of-turn callback waits for the node's next turn, which then comes at the same
 * virtual time.
 */
export interface Simulation {
  readonly seed: Seed;
  /** Virtual milliseconds since the start. */
  readonly now: number;
  readonly network: SimNetwork;
  /** For the scenario's own choices; split it by label. */
  readonly random: SeededRandom;
  /** Equal for equal runs: over every task, timer, delivery (with its bytes) and fault. */
  readonly traceHash: string;
  /** The newest trace lines, if they are kept. */
  readonly traceLines: readonly string[];
  /** Counters so far. */
  stats(): Readonly<SimStats>;

  /** Adds a node with an address of its own. Throws `TypeError` if the name is taken. */
  node(name: string, config?: SimNodeConfig): SimNode;
  /**
   * Runs `fn` as a turn of its own of the node, at the present virtual time, and settles as what
   * it returns. Without {@link settle} beside it, await only what needs no time to pass.
   *
   * @throws `SimulationError` with kind `killed` if the node is killed before that.
   */
  run<T>(node: NodeRef, fn: () => T | PromiseLike<T>): Promise<T>;
  /**
   * Lets time pass until the promise settles, and settles like it.
   *
   * @throws `SimulationError` with kind `limit` if it does not within `limitMs` (default
   * 60,000).
   */
  settle<T>(promise: PromiseLike<T>, limitMs?: number): Promise<T>;
  /**
   * Lets `ms` milliseconds pass.
   *
   * @throws `SimulationError` with kind `crash` when code of a node throws out of a timer, a
   * receiver or an end-of-turn callback, where a real process would end.
   */
  runFor(ms: number): Promise<void>;
  /**
   * Lets time pass until the condition, looked at after every event, holds.
   *
   * @throws `SimulationError` with kind `limit` if it does not within `limitMs` (default
   * 60,000).
   */
  runUntil(condition: () => boolean, limitMs?: number): Promise<void>;
  /** Adds a remark of the scenario to the trace, and so to its hash: equal runs remark the same. */
  note(text: string): void;
  /** Calls `fn`, outside any node, once `ms` milliseconds have passed: a script of faults. */
  after(ms: number, fn: () => void): Disposable;

  /** Ends the process without running any of its code: clock and sockets are cut. */
  kill(node: NodeRef): void;
  /** Starts a new life at the same address, killing the present one first. */
  restart(node: NodeRef): SimNode;
  /** Stops a running process as `SIGSTOP` does; its receive buffers fill. */
  freeze(node: NodeRef): void;
  /** Undoes {@link freeze}: overdue timers and waiting datagrams come in seeded order. */
  thaw(node: NodeRef): void;
  /**
   * Puts a running machine to sleep for `ms`: datagrams to it are lost, its monotonic clock and
   * timers stand still, and afterwards its wall clock has jumped.
   */
  suspend(node: NodeRef, ms: number): void;
  /**
   * Sets a machine's wall clock forward by `ms`, or back if negative, as somebody at its keyboard or
   * a time server does. Its monotonic clock takes no notice; later lives keep the difference.
   *
   * @throws RangeError if `ms` is not finite.
   */
  stepWall(node: NodeRef, ms: number): void;
  /** As {@link SimNode.spend}. */
  spend(node: NodeRef, ms: number): void;
}

/** Creates an empty simulation. */
export function createSimulation(config: SimulationConfig): Simulation {
  return new World(config);
}
