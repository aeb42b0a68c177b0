import { fromHex } from "@selvage/core";
import { Identity, nodeProvider } from "@selvage/identity";
import type { SimNode } from "@selvage/testing";
import { type MessageStream } from "@selvage/transport";
import { createTransport, type Transport } from "@selvage/transport";

import { type Announcement, ANNOUNCEMENT_PROTOCOL, encodeAnnouncement } from "../../src/index.ts";
import { decodeFeedMessage, encodeFeedMessage, type FeedMessage } from "../../src/wire/feed.gen.ts";
import type { SpreadWorld, Station } from "./world.ts";

/** A member of the mesh that says on a feed whatever we want, and knows nothing itself. */
export class RawMember {
  readonly heard: FeedMessage[] = [];
  /** What ended the feed, once it did. */
  ended: unknown;
  readonly identity: Identity;
  readonly transport: Transport;
  readonly #world: SpreadWorld;
  readonly #node: SimNode;
  #stream: MessageStream | undefined;

  constructor(world: SpreadWorld, psk: Uint8Array, seed = 99) {
    this.#world = world;
    this.#node = world.sim.node(`raw-${seed}`);
    const { clock, entropy } = this.#node;
    const crypto = nodeProvider();
    this.identity = Identity.fromSeed(new Uint8Array(32).fill(seed), { provider: crypto });
    this.transport = createTransport(
      { driver: this.#node.bind({ port: 7_000 }), identity: this.identity, clock, entropy, crypto },
      { psk },
    );
  }

  /** Opens a feed, and reads what comes, unless it is to be left unread. */
  async open(to: Station, { reads = true } = {}): Promise<void> {
    await this.#act(async () => {
      const peer = await this.transport.connect({ address: to.transport.address });
      this.#stream = peer.openStream(ANNOUNCEMENT_PROTOCOL);
      this.#stream.onFailure((error) => {
        this.ended = error;
      });
    });
    await this.say({ tableDigest: new Uint8Array(8) });
    if (reads) this.read();
  }

  /** Reads what comes from now on. */
  read(): void {
    void this.#world.sim.run(this.#node, async () => {
      try {
        for (;;) {
          const message = await this.#stream?.receive();
          if (message === undefined) break;
          this.heard.push(decodeFeedMessage(message));
        }
      } catch (error) {
        this.ended = error;
      }
    });
  }

  say(message: Partial<FeedMessage>): Promise<void> {
    return this.sayBytes(encodeFeedMessage({ wanted: [], ...message }));
  }

  announce(announcement: Announcement): Promise<void> {
    return this.say({ announcement: encodeAnnouncement(announcement) });
  }

  /** As a node id would be on the wire. */
  get nodeIdBytes(): Uint8Array {
    return fromHex(this.identity.nodeId);
  }

  async sayBytes(bytes: Uint8Array): Promise<void> {
    await this.#act(() => this.#stream?.sendBlocking(bytes)).catch(() => {});
  }

  async #act<T>(fn: () => T | PromiseLike<T>): Promise<T> {
    return await this.#world.sim.settle(this.#world.sim.run(this.#node, fn));
  }
}
