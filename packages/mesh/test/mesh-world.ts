import type { CallContext, CallEvent, ServeOptions, ServiceContract } from "@selvage/nrpc";
import { createSimulation, type LinkConfig, type SimNode, type Simulation } from "@selvage/testing";

import { createMesh, defineService, Identity, type Mesh, type MeshConfig } from "../src/index.ts";

/** Every simulated node listens here. */
const PORT = 7_000;
const PSK: Uint8Array = new Uint8Array(32).fill(7);

/** A service that may run twice; it answers who answered. */
export const who: ServiceContract = defineService({ name: "who", idempotent: true });
/** The same, of which that is not known. */
export const once: ServiceContract = defineService({ name: "once" });

/** A simulated node with a mesh, and the calls that were made from it. */
export interface Station {
  readonly name: string;
  readonly node: SimNode;
  readonly mesh: Mesh;
  readonly calls: readonly CallEvent[];
  /** Names of the services whose handlers started here, in order. */
  readonly starts: string[];
}

/** Nodes of one mesh in one simulation. */
export class MeshWorld {
  readonly sim: Simulation;

  constructor(seed: number | string = 1, link: LinkConfig = {}) {
    this.sim = createSimulation({ seed, link: { latencyMs: 2, ...link } });
  }

  /** Starts a node that knows some others by name; or the next life of one. */
  async start(
    node: SimNode | string,
    peers: readonly string[] = [],
    config: Partial<MeshConfig> = {},
  ): Promise<Station> {
    const life = typeof node === "string" ? this.sim.node(node) : node;
    const mesh = await this.sim.run(life, () =>
      createMesh({
        psk: PSK,
        identity: identityOf(life.name),
        driver: life.bind({ port: PORT }),
        clock: life.clock,
        random: life.random,
        entropy: life.entropy,
        peers: peers.map((name) => `${name}:${PORT}`),
        ...config,
      }),
    );
    const calls: CallEvent[] = [];
    mesh.onCall((event) => void calls.push(event));
    return { name: life.name, node: life, mesh, calls, starts: [] };
  }

  /** Runs code of a node to its end, letting time pass. */
  act<T>(at: Station, fn: () => T | PromiseLike<T>, limitMs?: number): Promise<T> {
    return this.sim.settle(this.sim.run(at.node, fn), limitMs);
  }

  /** Starts code of a node, without letting time pass; gives what it throws. */
  beginFailure(at: Station, fn: () => PromiseLike<unknown>): Promise<unknown> {
    return this.sim.run(at.node, () =>
      fn().then(
        () => new Error("nothing was thrown"),
        (error: unknown) => error,
      ),
    );
  }

  /** What code of a node throws. */
  failure(at: Station, fn: () => PromiseLike<unknown>, limitMs?: number): Promise<unknown> {
    return this.sim.settle(this.beginFailure(at, fn), limitMs);
  }

  /** Lets a node answer a service with its name, after working for a while. */
  async serve(
    at: Station,
    contract: ServiceContract,
    { workMs = 0, ...options }: ServeOptions & { readonly workMs?: number } = {},
  ): Promise<void> {
    const handler = async (_request: unknown, context: CallContext): Promise<string> => {
      at.starts.push(context.service);
      if (workMs > 0) await at.node.clock.sleep(workMs);
      return at.name;
    };
    await this.sim.run(at.node, () => void at.mesh.serve(contract, handler, options));
  }

  /**
   * The usual cast: a primary, a standby, and a caller that knows both by the standby. Both serve
   * both services.
   */
  async cast(options: { readonly workMs?: number } = {}): Promise<{
    readonly primary: Station;
    readonly standby: Station;
    readonly caller: Station;
  }> {
    const standby = await this.start("standby");
    const primary = await this.start("primary", ["standby"]);
    const caller = await this.start("caller", ["standby"]);
    for (const contract of [who, once]) {
      await this.serve(primary, contract, { ...options, priority: 0 });
      await this.serve(standby, contract, { ...options, priority: 1 });
    }
    await this.sim.runUntil(
      () => caller.mesh.findProviders("once").length === 2 && caller.mesh.peers().length === 2,
    );
    return { primary, standby, caller };
  }
}

/** The identity that a node of this name has in every life and world. */
export function identityOf(name: string): Identity {
  const seed = new Uint8Array(32);
  seed.set(new TextEncoder().encode(name.slice(0, 32)));
  return Identity.fromSeed(seed);
}

/** Calls every so often from now on; what each gave, and how long it took, in order. */
export class SteadyCalls {
  readonly #world: MeshWorld;
  readonly #from: Station;
  readonly #results: { readonly answer: unknown; readonly startedAt: number; tookMs: number }[] =
    [];
  readonly errors: unknown[] = [];
  #pending = 0;
  #stopped = false;

  constructor(world: MeshWorld, from: Station, everyMs = 10) {
    this.#world = world;
    this.#from = from;
    const step = (): void => {
      if (this.#stopped) return;
      void this.#call();
      world.sim.after(everyMs, step);
    };
    step();
  }

  /** Answers of the calls that started in an interval. */
  answersBetween(from: number, to: number): unknown[] {
    return this.#results
      .filter(({ startedAt }) => startedAt >= from && startedAt < to)
      .map(({ answer }) => answer);
  }

  /** The longest that any call took. */
  get worstMs(): number {
    return Math.max(...this.#results.map(({ tookMs }) => tookMs));
  }

  /** Starts no more calls, and waits for those under way. */
  async stop(): Promise<void> {
    this.#stopped = true;
    await this.#world.sim.runUntil(() => this.#pending === 0);
  }

  async #call(): Promise<void> {
    const { sim } = this.#world;
    const startedAt = sim.now;
    this.#pending++;
    try {
      const answer = await sim.run(this.#from.node, () =>
        this.#from.mesh.callService(who, null, { retry: true }),
      );
      this.#results.push({ answer, startedAt, tookMs: sim.now - startedAt });
    } catch (error) {
      this.errors.push(error);
    }
    this.#pending--;
  }
}
