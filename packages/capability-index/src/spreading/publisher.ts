import {
  type Clock,
  Emitter,
  type Listen,
  type Logger,
  type NodeId,
  type Timer,
  TokenBucket,
} from "@selvage/core";
import type { Identity } from "@selvage/identity";
import type { Transport } from "@selvage/transport";

import { type Announcement, createAnnouncement } from "../announcement/announcement.ts";
import { assertCapabilities } from "../capabilities/assert-capabilities.ts";
import { CapabilitySet } from "../capabilities/capability-set.ts";
import type { CapabilityIndex } from "../index/capability-index.ts";
import {
  CHANGE_BURST,
  CHANGES_PER_SECOND,
  COALESCE_MS,
  URGENT_BURST,
  URGENT_PER_SECOND,
} from "./pace.ts";

/** A node announces itself anew this many times per lifetime, so that a lost one does not matter. */
const REFRESHES_PER_TTL = 3;

/** Options of announcing. */
export interface AnnounceOptions {
  /**
   * Tells everybody at once, as a change of what is served must be; otherwise changes within 20 ms
   * travel as one, and of many only so many. Default `false`.
   */
  readonly urgent?: boolean | undefined;
  /** Nodes that may use what is announced, at most 64. Default: everybody. */
  readonly allowedNodes?: readonly NodeId[] | undefined;
}

/** Another live process announces itself with this node's key. */
export interface IdentityInUse {
  /** The process, in hexadecimal. */
  readonly bootId: string;
}

/** What a {@link Publisher} works with. */
export interface PublisherParts {
  readonly transport: Transport;
  readonly identity: Identity;
  readonly index: CapabilityIndex;
  readonly clock: Clock;
  readonly logger: Logger;
  /** Tells all neighbours what this node announces now. */
  tell(): void;
}

/**
 * What this node says of itself: signs it, puts it into the own index at once, and has it told at a
 * pace that the mesh can bear. However often it changes, what is told is the newest.
 */
export class Publisher implements Disposable {
  readonly #parts: PublisherParts;
  readonly #ttlSeconds: number;
  readonly #changes: TokenBucket;
  readonly #urgent: TokenBucket;
  readonly #inUse: Emitter<IdentityInUse>;
  #capabilities: CapabilitySet = CapabilitySet.empty;
  #allowedNodes: readonly NodeId[] = [];
  #version = 0;
  /** Of the processes that spoke in our name: what we said above them. */
  readonly #outdone: Map<string, number> = new Map();
  #refresh: Timer | undefined;
  #telling: Timer | undefined;
  #told = 0;
  #isEnded = false;

  constructor(parts: PublisherParts, ttlSeconds: number) {
    const now = (): number => parts.clock.now();
    this.#parts = parts;
    this.#ttlSeconds = ttlSeconds;
    this.#changes = new TokenBucket(CHANGE_BURST, CHANGES_PER_SECOND, now);
    this.#urgent = new TokenBucket(URGENT_BURST, URGENT_PER_SECOND, now);
    this.#inUse = new Emitter((error) => parts.logger.error("a listener threw", { error }));
  }

  /** What the node announces now. */
  get capabilities(): CapabilitySet {
    return this.#capabilities;
  }

  /** How often neighbours were told. */
  get told(): number {
    return this.#told;
  }

  get onIdentityInUse(): Listen<IdentityInUse> {
    return this.#inUse.on;
  }

  /** Replaces what the node announces. */
  announce(
    capabilities: CapabilitySet,
    { urgent = false, allowedNodes = [] }: AnnounceOptions = {},
  ): void {
    if (this.#isEnded) return;
    assertCapabilities(capabilities);
    const announcement = this.#sign(capabilities, allowedNodes);
    this.#capabilities = capabilities;
    this.#allowedNodes = allowedNodes;
    this.#publish(announcement);
    if (urgent && this.#urgent.take()) this.#tell();
    else this.#tellSoon();
  }

  /** Takes back what was announced, for good. */
  withdraw(): void {
    if (this.#isEnded) return;
    this.#isEnded = true;
    this.#publish(this.#sign(CapabilitySet.empty, [], { tombstone: true }));
    this.#tell();
    this[Symbol.dispose]();
  }

  /**
   * Something is told in our name that we did not say: speak above it, as OSPF does (RFC 2328
   * §13.4). A former run of ours is silent after that; a second living process is not.
   */
  onOwn({ bootId, version }: Announcement): void {
    const { transport } = this.#parts;
    if (this.#isEnded || bootId === transport.bootId || version < this.#version) return;
    const outdone = this.#outdone.get(bootId);
    // Nobody gets so far by counting: it is said to have the last word.
    const isUnbeatable = version >= Number.MAX_SAFE_INTEGER;
    const isAlive = isUnbeatable || (outdone !== undefined && version > outdone);
    if (isUnbeatable) {
      this.#tellOfTwin(bootId);
      return;
    }
    this.#publish(this.#sign(this.#capabilities, this.#allowedNodes, { above: version }));
    this.#remember(bootId);
    if (!isAlive) {
      this.#tell();
      return;
    }
    this.#tellOfTwin(bootId);
    this.#tellSoon();
  }

  [Symbol.dispose](): void {
    this.#isEnded = true;
    this.#refresh?.[Symbol.dispose]();
    this.#telling?.[Symbol.dispose]();
  }

  #tellOfTwin(bootId: string): void {
    this.#parts.logger.warn("another process uses this node's identity", { bootId });
    this.#inUse.emit({ bootId });
  }

  #sign(
    capabilities: CapabilitySet,
    allowedNodes: readonly NodeId[],
    { tombstone = false, above = 0 } = {},
  ): Announcement {
    const { clock, identity, transport } = this.#parts;
    const wallMs = clock.wallNow();
    return createAnnouncement(identity, {
      bootId: transport.bootId,
      // Versions start from wall time, so that a restarted node is above its former self.
      version: Math.max(this.#version + 1, above + 1, Math.floor(wallMs)),
      wallMs,
      ttlSeconds: this.#ttlSeconds,
      capabilities,
      allowedNodes,
      addresses: tombstone ? [] : transport.advertised,
      tombstone,
    });
  }

  #publish(announcement: Announcement): void {
    const { clock, index } = this.#parts;
    this.#version = announcement.version;
    index.apply(announcement);
    this.#refresh?.[Symbol.dispose]();
    const refreshMs = (this.#ttlSeconds * 1_000) / REFRESHES_PER_TTL;
    this.#refresh = clock.setTimeout(() => this.#renew(), refreshMs).unref();
  }

  #renew(): void {
    this.#publish(this.#sign(this.#capabilities, this.#allowedNodes));
    this.#tell();
  }

  #tell(): void {
    this.#telling?.[Symbol.dispose]();
    this.#telling = undefined;
    this.#told++;
    this.#parts.tell();
  }

  /** What is told then is what holds then. */
  #tellSoon(): void {
    if (this.#telling !== undefined) return;
    const waitMs = Math.max(COALESCE_MS, this.#changes.waitMs());
    this.#telling = this.#parts.clock
      .setTimeout(() => {
        this.#telling = undefined;
        if (this.#changes.take()) this.#tell();
        else this.#tellSoon();
      }, waitMs)
      .unref();
  }

  /** Only the latest few processes: a mesh in which more speak in our name is beyond help. */
  #remember(bootId: string): void {
    const MAX_REMEMBERED = 16;
    this.#outdone.delete(bootId);
    this.#outdone.set(bootId, this.#version);
    const [oldest] = this.#outdone.keys();
    if (this.#outdone.size > MAX_REMEMBERED && oldest !== undefined) this.#outdone.delete(oldest);
  }
}
