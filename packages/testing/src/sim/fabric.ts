import type { ProbeResult } from "@selvage/transport";

import { FIRST_EPHEMERAL_PORT, PROBE_WAIT_MS } from "../defaults.ts";
import { type DriverPorts, SCRIBBLE, type SimBindOptions, SimDriver } from "./driver.ts";
import { ceilTick, type SimEvent, type SimKernel } from "./kernel.ts";
import { DEFAULT_LINK, type FullLinkConfig, Link, type LinkConfig, mergeLink } from "./link.ts";
import type { DirectionOptions, InjectRoute, NodeGroup, NodeRef, SimNetwork } from "./network.ts";
import type { SimProcess } from "./process.ts";
import type { DropReason, SimStats } from "./stats.ts";

/** A machine: what stays when its process dies. */
export interface Host {
  readonly name: string;
  readonly index: number;
  /** What its own sockets are bound to, for good. */
  readonly innerIp: string;
  /** What the others see, which a rebind changes. */
  outerIp: string;
  isolated: boolean;
  /** The latest life of its process; it is set before anything can reach the host. */
  process: SimProcess | undefined;
  /** By destination. */
  readonly links: Map<Host, Link>;
}

type Tap = Parameters<SimNetwork["tap"]>[0];

/** The one implementation of {@link SimNetwork}: machines, their addresses and links. */
export class Fabric implements SimNetwork, DriverPorts {
  readonly #kernel: SimKernel;
  readonly #stats: SimStats;
  readonly #hosts = new Map<string, Host>();
  readonly #byIp = new Map<string, Host>();
  /** Every bound socket by its outer address. */
  readonly #bound = new Map<string, SimDriver>();
  #taps: readonly Tap[] = [];
  #defaults: FullLinkConfig;
  #lastIp = 0;

  constructor(kernel: SimKernel, stats: SimStats, defaults: LinkConfig) {
    this.#kernel = kernel;
    this.#stats = stats;
    this.#defaults = mergeLink(DEFAULT_LINK, defaults);
  }

  link(a: NodeRef, b: NodeRef, config: LinkConfig, options?: DirectionOptions): void {
    this.#record("link", a, b, options, JSON.stringify(config));
    for (const link of this.#between(a, b, options)) {
      link.overrides = config;
      link.config = mergeLink(this.#defaults, config);
    }
  }

  linkAll(config: LinkConfig): void {
    this.#kernel.fault(`link all ${JSON.stringify(config)}`);
    this.#defaults = mergeLink(this.#defaults, config);
    for (const { links } of this.#hosts.values()) {
      for (const link of links.values()) link.config = mergeLink(this.#defaults, link.overrides);
    }
  }

  partition(a: NodeGroup, b: NodeGroup, options?: DirectionOptions): void {
    for (const from of members(a)) {
      for (const to of members(b)) {
        this.#record("partition", from, to, options);
        for (const link of this.#between(from, to, options)) link.blocked = true;
      }
    }
  }

  isolate(node: NodeRef): void {
    const host = this.host(node);
    this.#kernel.fault(`isolate ${host.name}`);
    host.isolated = true;
  }

  heal(a?: NodeRef, b?: NodeRef, options?: DirectionOptions): void {
    this.#record("heal", a, b, options);
    if (a !== undefined && b !== undefined) {
      for (const link of this.#between(a, b, options)) link.blocked = false;
      return;
    }
    const only = a === undefined ? undefined : this.host(a);
    for (const host of this.#hosts.values()) {
      if (only === undefined || host === only) host.isolated = false;
      for (const [to, link] of host.links) {
        if (only === undefined || host === only || to === only) link.blocked = false;
      }
    }
  }

  rebind(node: NodeRef): void {
    const host = this.host(node);
    this.#kernel.fault(`rebind ${host.name}`);
    this.#byIp.delete(host.outerIp);
    host.outerIp = this.#nextIp();
    this.#byIp.set(host.outerIp, host);
    for (const driver of host.process?.drivers ?? []) {
      if (!this.unbind(driver)) continue;
      driver.outerAddress = `${host.outerIp}:${portOf(driver.address)}`;
      this.#bound.set(driver.outerAddress, driver);
    }
  }

  tap(fn: Tap): Disposable {
    const own: Tap = (event) => fn(event);
    this.#taps = [...this.#taps, own];
    return {
      [Symbol.dispose]: () => {
        this.#taps = this.#taps.filter((tap) => tap !== own);
      },
    };
  }

  inject(datagram: Uint8Array, { from, to, delayMs = 0 }: InjectRoute): void {
    this.#kernel.fault(`inject ${from} ${to} ${datagram.length}`);
    this.#deliverAt(this.#kernel.now + delayMs, new Uint8Array(datagram), from, to);
  }

  /** Adds a machine with an address of its own. */
  addHost(name: string): Host {
    if (this.#hosts.has(name)) throw new TypeError(`there is a node "${name}" already`);
    const index = this.#hosts.size + 1;
    const ip = this.#nextIp();
    const links = new Map<Host, Link>();
    const host: Host = {
      name,
      index,
      innerIp: ip,
      outerIp: ip,
      isolated: false,
      process: undefined,
      links,
    };
    this.#hosts.set(name, host);
    this.#byIp.set(ip, host);
    return host;
  }

  /** The machine of a node; throws `TypeError` when there is none of that name. */
  host(node: NodeRef): Host {
    const name = typeof node === "string" ? node : node.name;
    const host = this.#hosts.get(name);
    if (host === undefined) throw new TypeError(`there is no node "${name}"`);
    return host;
  }

  bind(process: SimProcess, options: SimBindOptions): SimDriver {
    const { innerIp, outerIp } = process.host;
    let port = options.port ?? FIRST_EPHEMERAL_PORT;
    while (options.port === undefined && this.#bound.has(`${outerIp}:${port}`)) port++;
    if (!Number.isInteger(port) || port < 1 || port > 65_535) {
      throw new RangeError(`port must be a whole number from 1 to 65535, got ${port}`);
    }
    const outerAddress = `${outerIp}:${port}`;
    if (this.#bound.has(outerAddress)) {
      throw new RangeError(`port ${port} of ${process.name} is taken`);
    }
    const address = `${innerIp}:${port}`;
    const driver = new SimDriver(process, this, { ...options, address, outerAddress });
    this.#bound.set(outerAddress, driver);
    return driver;
  }

  unbind(driver: SimDriver): boolean {
    if (this.#bound.get(driver.outerAddress) !== driver) return false;
    return this.#bound.delete(driver.outerAddress);
  }

  send(driver: SimDriver, datagram: Uint8Array, to: string): boolean {
    const target = this.#hostAt(to);
    if (target === "malformed") return false;
    this.#stats.sent++;
    const { process } = driver;
    const from = process.host;
    const reason = this.#pass(driver, datagram, to, target);
    // The sender gave these bytes away: whoever writes or sends them again shall notice.
    datagram.fill(SCRIBBLE);
    if (reason !== undefined) {
      this.#stats.dropped[reason]++;
      this.#kernel.trace.line(() => `${process.time} ${from.name}: lost on ${to}: ${reason}`);
    }
    return true;
  }

  async probe(process: SimProcess, address: string): Promise<ProbeResult> {
    const from = process.host;
    const to = this.#hostAt(address);
    const reachable = typeof to === "object" && to.process?.state !== "asleep";
    const there = reachable ? this.#ping(from, to) : undefined;
    const back = reachable ? this.#ping(to, from) : undefined;
    if (there === undefined || back === undefined || this.#bound.has(address)) {
      await process.clock.sleep(PROBE_WAIT_MS);
      return "unknown";
    }
    await process.clock.sleep(there + back);
    return "refused";
  }

  resolve(address: string): string {
    const host = this.#hosts.get(address.slice(0, address.lastIndexOf(":")));
    return host === undefined ? address : `${host.outerIp}:${portOf(address)}`;
  }

  /** Sends a datagram on its way; answers why it goes nowhere. */
  #pass(
    driver: SimDriver,
    datagram: Uint8Array,
    toAddress: string,
    to: Host | undefined,
  ): DropReason | undefined {
    const from = driver.process.host;
    const fromAddress = driver.outerAddress;
    for (const tap of this.#taps) {
      const event = { from: from.name, to: to?.name, fromAddress, toAddress, datagram };
      if (tap(event) === "drop") return "tap";
    }
    if (to === undefined) return "no-receiver";
    const link = this.#link(from, to);
    if (this.#blocked(from, to, link)) return "partition";
    const { time } = driver.process;
    return link.carry(time, datagram.length, (at) => {
      this.#deliverAt(at, new Uint8Array(datagram), fromAddress, toAddress);
    });
  }

  #deliverAt(at: number, bytes: Uint8Array, from: string, to: string): void {
    const event: SimEvent = {
      time: ceilTick(at),
      order: 0,
      slot: -1,
      happen: () => {
        const reason = this.#arrive(bytes, from, to);
        if (reason === undefined) return;
        this.#stats.dropped[reason]++;
        this.#kernel.trace.line(() => `${this.#kernel.now} ${to}: lost: ${reason}`);
      },
    };
    this.#kernel.schedule(event);
  }

  #arrive(bytes: Uint8Array, from: string, to: string): DropReason | undefined {
    const driver = this.#bound.get(to);
    if (driver === undefined) return "no-receiver";
    if (driver.process.state === "asleep") return "asleep";
    return driver.hold(bytes, from) ? undefined : "receive-buffer";
  }

  #ping(from: Host, to: Host): number | undefined {
    const link = this.#link(from, to);
    return this.#blocked(from, to, link) ? undefined : link.ping();
  }

  #blocked(from: Host, to: Host, link: Link): boolean {
    return link.blocked || (from !== to && (from.isolated || to.isolated));
  }

  #hostAt(address: string): Host | undefined | "malformed" {
    const bound = this.#bound.get(address);
    if (bound !== undefined) return bound.process.host;
    const match = /^([0-9.]+):[0-9]{1,5}$/.exec(address);
    return match === null ? "malformed" : this.#byIp.get(match[1] as string);
  }

  #link(from: Host, to: Host): Link {
    let link = from.links.get(to);
    if (link === undefined) {
      link = new Link(this.#kernel.random.split(`link ${from.name} ${to.name}`), this.#defaults);
      from.links.set(to, link);
    }
    return link;
  }

  #between(a: NodeRef, b: NodeRef, { oneWay = false }: DirectionOptions = {}): readonly Link[] {
    const [from, to] = [this.host(a), this.host(b)];
    const there = this.#link(from, to);
    return oneWay ? [there] : [there, this.#link(to, from)];
  }

  #record(verb: string, a?: NodeRef, b?: NodeRef, options?: DirectionOptions, more = ""): void {
    const names = [a, b].map((node) => (node === undefined ? "*" : this.host(node).name));
    const arrow = options?.oneWay === true ? "->" : "<->";
    this.#kernel.fault(`${verb} ${names.join(arrow)} ${more}`.trimEnd());
  }

  #nextIp(): string {
    const n = ++this.#lastIp;
    return `10.${n >> 16}.${(n >> 8) & 0xff}.${n & 0xff}`;
  }
}

const members = (group: NodeGroup): readonly NodeRef[] =>
  Array.isArray(group) ? (group as readonly NodeRef[]) : [group as NodeRef];

const portOf = (address: string): string => address.slice(address.lastIndexOf(":") + 1);
