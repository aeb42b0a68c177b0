import { ByteWriter } from "../src/packet/bytes-io.ts";
import { FrameType } from "../src/packet/frames.ts";
import {
  relayBody,
  relayIds,
  type RouteWord,
  writeRelay,
  writeRoute,
} from "../src/relay/relay-frames.ts";
import { dispatchFrames } from "../src/session/ingress.ts";
import { frame, RawPeer } from "./raw-peer.ts";
import { recordingSink } from "./recording-sink.ts";
import { identityOf, type Station, type TransportWorld } from "./world.ts";

/** A RELAY frame. */
export function relayFrame(
  parts: {
    readonly from: Pick<Station["transport"], "nodeId">;
    readonly to: Pick<Station["transport"], "nodeId">;
    readonly hopLimit?: number;
  },
  inner: Uint8Array,
): Uint8Array {
  const body = relayBody(relayIds(parts.to.nodeId, parts.from.nodeId), inner);
  const writer = new ByteWriter(new Uint8Array(2 + body.length));
  writeRelay(writer, parts.hopLimit ?? 16, body);
  return writer.bytes;
}

/** A ROUTE frame. */
export function routeFrame(word: RouteWord): Uint8Array {
  const writer = new ByteWriter(new Uint8Array(400));
  writeRoute(writer, word);
  return writer.bytes.subarray(0, writer.at);
}

/**
 * A member of the mesh that relays between two stations as it likes: one process in two places,
 * with a session to each. It acknowledges what it gets, so that nobody finds it silent.
 */
export class HostileRelay {
  readonly nodeId = identityOf("mallory").nodeId;
  /** Inner packets that passed, before anything was done to them. */
  readonly seen: Uint8Array[] = [];
  /** What becomes of an inner packet; `undefined` to swallow it. */
  meddle: (inner: Uint8Array) => Uint8Array | undefined = (inner) => inner;
  readonly #legs: RawPeer[];

  private constructor(world: TransportWorld) {
    this.#legs = ["mallory here", "mallory there"].map((name, i) => {
      const leg = new RawPeer(world.sim.node(name), {}, undefined, identityOf("mallory"));
      leg.onPayload = (payload, number) => this.#onPayload(i, payload, number);
      return leg;
    });
  }

  /** Connects to two stations, and tells each that it reaches the other. */
  static async between(world: TransportWorld, one: Station, other: Station): Promise<HostileRelay> {
    const relay = new HostileRelay(world);
    for (const [i, station] of [one, other].entries()) {
      await world.sim.settle(relay.#leg(i).dial(station.transport.address));
    }
    for (const [i, { transport }] of [other, one].entries()) {
      const word = { sequence: 1, destination: transport.nodeId, path: [relay.nodeId] };
      relay.say(i, routeFrame(word));
    }
    await world.sim.runFor(50);
    return relay;
  }

  /** Sends frames to one of the two. */
  say(to: number, ...frames: readonly Uint8Array[]): void {
    this.#leg(to).send(...frames);
  }

  #leg(index: number): RawPeer {
    const leg = this.#legs[index];
    if (leg === undefined) throw new Error(`no leg ${index}`);
    return leg;
  }

  #onPayload(at: number, payload: Uint8Array, number: number): void {
    const { sink } = recordingSink();
    const isEliciting = dispatchFrames(payload, {
      ...sink,
      onRelay: ({ destination, source, inner }) => {
        this.seen.push(inner.slice());
        const changed = this.meddle(inner.slice());
        if (changed === undefined) return;
        const ends = { from: { nodeId: source }, to: { nodeId: destination } };
        this.say(1 - at, relayFrame(ends, changed));
      },
    });
    if (isEliciting) this.say(at, frame(FrameType.ack, [number, 0, 0, 0, number]));
  }
}
