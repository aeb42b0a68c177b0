import type { NodeId } from "@selvage/core";
import type { CryptoProvider } from "@selvage/identity";
import {
  type CapabilitySet,
  createMesh,
  Identity,
  type Mesh,
  type ServeHandle,
} from "@selvage/mesh";
import { seededEntropy, type SeededRandom, type SimNode } from "@selvage/testing";

import { type ClosedProcess, Machine, type MachineParts } from "../world/machine.ts";
import { Life } from "./life.ts";
import type { Seams } from "./seams.ts";
import type { MemberSetting } from "./setting.ts";
import { drawWords } from "./words.ts";

/** Every member listens here. */
const PORT = 7_000;
/**
 * Peers are looked after less eagerly than usual, for that is most of what there is to simulate, and
 * nobody here waits for an answer.
 */
const LIMITS = { heartbeatMs: 3_000, probeIntervalMs: 400, unresponsiveFloorMs: 600 } as const;

/** What all members have in common. */
export interface MemberParts extends MachineParts {
  readonly crypto: CryptoProvider;
  readonly seams: Seams;
  readonly psk: Uint8Array;
  /** A process serves now. */
  readonly onBorn: (life: Life) => void;
}

/** A machine that runs a node of the mesh, which says now this and now that. */
export class Member extends Machine<Mesh> {
  readonly nodeId: NodeId;
  readonly setting: MemberSetting;
  /** Its newest process, whether that is over or not. */
  current: Life | undefined;
  readonly #parts: MemberParts;
  readonly #identity: Identity;
  readonly #random: SeededRandom;
  readonly #handles: Map<string, ServeHandle> = new Map();
  #serial = 0;

  constructor(parts: MemberParts, setting: MemberSetting) {
    super(parts, setting);
    const { sim, crypto } = parts;
    const seed = seededEntropy(`${sim.seed}/identity ${setting.name}`).bytes(32);
    this.#parts = parts;
    this.#identity = Identity.fromSeed(seed, { provider: crypto });
    this.#random = sim.random.split(`words ${setting.name}`);
    this.setting = setting;
    this.nodeId = this.#identity.nodeId;
  }

  /** The process that does its work here, if one does that neither stands still nor closes. */
  get working(): Life | undefined {
    return this.isWell ? this.current : undefined;
  }

  override kill(): void {
    super.kill();
    this.#end(this.current);
  }

  override async close(): Promise<ClosedProcess<Mesh> | undefined> {
    const life = this.process === undefined ? undefined : this.current;
    if (life !== undefined) life.closingAtMs = this.sim.now;
    const closed = await super.close();
    this.#end(life);
    return closed;
  }

  /** Announces a set that it never announced before. */
  say(): void {
    this.#act((life) => {
      const set = this.#draw();
      life.say(set, this.sim.now);
      life.mesh.announce(set);
    });
  }

  /** Serves a service, or serves it no longer. */
  toggle(service: string): void {
    this.#act((life) => {
      const handle = this.#handles.get(service);
      if (handle === undefined) {
        life.services.add(service);
        life.offer(this.sim.now);
        this.#handles.set(
          service,
          life.mesh.serve(service, () => null),
        );
      } else {
        life.services.delete(service);
        life.offer(this.sim.now);
        this.#handles.delete(service);
        return handle.close();
      }
      return undefined;
    });
  }

  protected override async boot(node: SimNode): Promise<Mesh> {
    const { crypto, psk, seams } = this.#parts;
    const { contacts, isDialable, relays, ttlSeconds } = this.setting;
    const first = this.#draw();
    const bornAtMs = this.sim.now;
    const mesh = await createMesh({
      psk,
      crypto,
      ttlSeconds,
      identity: this.#identity,
      capabilities: first,
      clock: seams.clock?.(node.clock) ?? node.clock,
      peers: contacts.map((name) => `${name}:${PORT}`),
      driver: node.bind({ port: PORT }),
      advertise: isDialable ? undefined : [],
      relay: { forward: relays },
      limits: LIMITS,
      random: node.random,
      entropy: node.entropy,
    });
    this.#handles.clear();
    this.current = new Life(this, mesh, bornAtMs, first);
    return mesh;
  }

  protected override end(mesh: Mesh): Promise<void> {
    return mesh.close();
  }

  protected override onServing(): void {
    if (this.current !== undefined) this.#parts.onBorn(this.current);
  }

  /** Does something as code of the present process, if that can. */
  #act(act: (life: Life) => Promise<void> | void): void {
    const life = this.working;
    if (life === undefined) return;
    this.sim
      .run(this.name, () => (life.closingAtMs === undefined ? act(life) : undefined))
      .catch((error: unknown) => {
        if (!life.isOver) this.#parts.onCrash(`${this.name} cannot speak: ${String(error)}`);
      });
  }

  #draw(): CapabilitySet {
    return drawWords(this.#random, ++this.#serial);
  }

  #end(life: Life | undefined): void {
    if (life !== undefined) life.endedAtMs ??= this.sim.now;
  }
}
