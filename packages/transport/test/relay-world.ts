import type { LinkConfig } from "@selvage/testing";

import type { Peer } from "../src/index.ts";
import { serveEcho, type Station, type StationConfig, TransportWorld } from "./world.ts";

/** Stations in a row, of which only those side by side reach each other; every one echoes. */
export class Chain {
  readonly world: TransportWorld;
  readonly stations: readonly Station[];

  private constructor(world: TransportWorld, stations: readonly Station[]) {
    this.world = world;
    this.stations = stations;
  }

  /** `a`, `b`, `c`, … connected in a row, each to the next, once their routes are known. */
  static async of(
    length: number,
    options: {
      readonly seed?: number | string;
      readonly link?: LinkConfig;
      readonly configs?: Readonly<Record<string, StationConfig>>;
    } = {},
  ): Promise<Chain> {
    const world = new TransportWorld(options.seed ?? 1, options.link);
    const names = Array.from({ length }, (_, i) => String.fromCharCode(97 + i));
    const stations = names.map((name) => world.start(name, options.configs?.[name]));
    const chain = new Chain(world, stations);
    for (const [i, one] of stations.entries()) {
      serveEcho(one);
      for (const other of stations.slice(i + 2)) world.sim.network.partition(one.node, other.node);
    }
    for (const [i, one] of stations.slice(0, -1).entries()) {
      await world.connect(one, chain.at(i + 1));
    }
    await world.sim.runFor(200);
    return chain;
  }

  at(index: number): Station {
    const station = this.stations.at(index);
    if (station === undefined) throw new Error(`no station ${index}`);
    return station;
  }

  /** A session between two stations through those between them. */
  relay(from: Station, to: Station): Promise<Peer> {
    return this.world.act(from, () => from.transport.connect({ nodeId: to.transport.nodeId }));
  }
}

/** `a` and `c`, each connected to `b1` and `b2`, and as a rule not to each other. All echo. */
export class Diamond {
  readonly world: TransportWorld;
  readonly a: Station;
  readonly b1: Station;
  readonly b2: Station;
  readonly c: Station;

  private constructor(world: TransportWorld, configs: Readonly<Record<string, StationConfig>>) {
    this.world = world;
    this.a = world.start("a", configs["a"]);
    this.b1 = world.start("b1", configs["b1"]);
    this.b2 = world.start("b2", configs["b2"]);
    this.c = world.start("c", configs["c"]);
  }

  static async of(
    options: {
      readonly seed?: number | string;
      readonly link?: LinkConfig;
      readonly configs?: Readonly<Record<string, StationConfig>>;
      readonly isCut?: boolean;
    } = {},
  ): Promise<Diamond> {
    const world = new TransportWorld(options.seed ?? 1, options.link);
    const diamond = new Diamond(world, options.configs ?? {});
    const { a, b1, b2, c } = diamond;
    for (const station of [a, b1, b2, c]) serveEcho(station);
    if (options.isCut !== false) diamond.cut();
    for (const relay of [b1, b2]) {
      await world.connect(relay, a);
      await world.connect(relay, c);
    }
    await world.sim.runFor(200);
    return diamond;
  }

  /** No datagram passes between `a` and `c` from now on. */
  cut(): void {
    this.world.sim.network.partition(this.a.node, this.c.node);
  }

  /** A session from `a` to `c` through a relay. */
  dial(): Promise<Peer> {
    const { nodeId } = this.c.transport;
    return this.world.act(this.a, () => this.a.transport.connect({ nodeId }));
  }
}
