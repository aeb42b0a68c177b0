import type { SimNode, Simulation } from "@selvage/testing";

/** What all machines have in common. */
export interface MachineParts {
  readonly sim: Simulation;
  /** Told of anything that a correct node never does. */
  readonly onCrash: (message: string) => void;
}

/** What one machine is. */
export interface MachineConfig {
  readonly name: string;
  readonly skewPpm: number;
  readonly wallOffsetMs: number;
}

/** A stretch of virtual time, in milliseconds. */
export interface Interval {
  readonly from: number;
  readonly to: number;
}

/** What the process on a machine is doing. */
export type MachineState<P> =
  | { readonly name: "down" }
  | { readonly name: "starting"; readonly node: SimNode }
  | { readonly name: "serving" | "closing"; readonly node: SimNode; readonly process: P };

/** A process that closed, with what it ran on. */
export interface ClosedProcess<P> {
  readonly node: SimNode;
  readonly process: P;
}

/** A machine with one identity and address, on which one process after the other runs. */
export abstract class Machine<P> {
  readonly name: string;
  state: MachineState<P> = { name: "down" };
  /** When it stalled, so far. */
  readonly stalls: Interval[] = [];
  readonly #freezes: Interval[] = [];
  #frozenAt: number | undefined;
  protected readonly sim: Simulation;
  readonly #parts: MachineParts;
  readonly #config: MachineConfig;
  #lives = 0;
  #stalledUntil = 0;

  constructor(parts: MachineParts, config: MachineConfig) {
    this.sim = parts.sim;
    this.#parts = parts;
    this.#config = config;
    this.name = config.name;
  }

  /** Makes the process of a new life, as code of the node. */
  protected abstract boot(node: SimNode): Promise<P>;

  /** Ends a process gracefully, as code of the node. */
  protected abstract end(process: P): Promise<void>;

  /** The process of a new life serves now. */
  protected abstract onServing(process: P): void;

  /** How many processes ran here so far, the present one included. */
  get life(): number {
    return this.#lives;
  }

  /** The process that does its work here, if one does. */
  get process(): P | undefined {
    return this.state.name === "serving" ? this.state.process : undefined;
  }

  /** Whether there is a process, and it is neither stopped nor asleep. */
  get isRunning(): boolean {
    return this.state.name !== "down" && this.state.node.state === "running";
  }

  /** Whether a process serves here that is neither stopped nor busy. */
  get isWell(): boolean {
    return this.state.name === "serving" && this.isRunning && this.sim.now >= this.#stalledUntil;
  }

  /** Starts the next process: same identity and address, new boot id. */
  start(): void {
    const { name, skewPpm, wallOffsetMs } = this.#config;
    this.#lives++;
    const node =
      this.#lives === 1 ? this.sim.node(name, { skewPpm, wallOffsetMs }) : this.sim.restart(name);
    this.#stalledUntil = 0;
    this.state = { name: "starting", node };
    const booted = this.sim.run(node, async () => {
      const process = await this.boot(node);
      this.state = { name: "serving", node, process };
      this.onServing(process);
    });
    booted.catch((error: unknown) => {
      if (node.state !== "killed") this.#parts.onCrash(`${name} cannot start: ${String(error)}`);
    });
  }

  /** Ends the process without running any of its code. */
  kill(): void {
    this.#thawed();
    this.sim.kill(this.name);
    this.state = { name: "down" };
  }

  freeze(): void {
    this.#frozenAt ??= this.sim.now;
    this.sim.freeze(this.name);
  }

  thaw(): void {
    this.#thawed();
    this.sim.thaw(this.name);
  }

  /** The machine sleeps for a while. */
  suspend(ms: number): void {
    this.sim.suspend(this.name, ms);
  }

  /** The process computes for a while without looking at anything. */
  stall(ms: number): void {
    const from = Math.max(this.sim.now, this.#stalledUntil);
    this.#stalledUntil = from + ms;
    this.stalls.push({ from, to: from + ms });
    this.sim.spend(this.name, ms);
  }

  /** For how long it stalled within an interval. */
  stalledMs(interval: Interval): number {
    return overlapMs(interval, this.stalls);
  }

  /** For how long it stalled or was frozen within an interval that ends now at the latest. */
  stoppedMs(interval: Interval): number {
    const frozen = this.#frozenAt === undefined ? [] : [{ from: this.#frozenAt, to: this.sim.now }];
    return this.stalledMs(interval) + overlapMs(interval, [...this.#freezes, ...frozen]);
  }

  /** Ends the process gracefully; resolves, with what it was, when it has ended. */
  async close(): Promise<ClosedProcess<P> | undefined> {
    if (this.state.name !== "serving") return undefined;
    const closing = { ...this.state, name: "closing" } as const;
    this.state = closing;
    const { node, process } = closing;
    await this.sim.run(node, () => this.end(process));
    if (this.state === closing) this.state = { name: "down" };
    return closing;
  }

  #thawed(): void {
    if (this.#frozenAt !== undefined)
      this.#freezes.push({ from: this.#frozenAt, to: this.sim.now });
    this.#frozenAt = undefined;
  }
}

/** For how much of an interval there are others. */
const overlapMs = ({ from, to }: Interval, others: readonly Interval[]): number =>
  others.reduce(
    (sum, other) => sum + Math.max(0, Math.min(to, other.to) - Math.max(from, other.from)),
    0,
  );
