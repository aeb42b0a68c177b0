import type { NodeId } from "@selvage/core";

import type { ByteWriter } from "../packet/bytes-io.ts";
import type { ControlFrame } from "../session/egress.ts";
import type { Neighbour } from "./neighbour.ts";
import { routeFrameBytes, writeRoute } from "./relay-frames.ts";

/** Who knows what is to be said of a route. */
export interface RouteSpeaker {
  pathFor(neighbour: Neighbour, destination: NodeId): readonly NodeId[] | undefined;
  onLost(neighbour: Neighbour, destination: NodeId): void;
}

/** A word to a neighbour about a destination: how things stand when it leaves. */
export class RouteFrame implements ControlFrame {
  readonly maxBytes: number;
  readonly #speaker: RouteSpeaker;
  readonly #neighbour: Neighbour;
  readonly #destination: NodeId;

  constructor(
    speaker: RouteSpeaker,
    neighbour: Neighbour,
    destination: NodeId,
    maxRelayHops: number,
  ) {
    this.#speaker = speaker;
    this.#neighbour = neighbour;
    this.#destination = destination;
    this.maxBytes = routeFrameBytes(maxRelayHops);
  }

  write(out: ByteWriter): void {
    const neighbour = this.#neighbour;
    const destination = this.#destination;
    neighbour.waiting.delete(destination);
    const path = this.#speaker.pathFor(neighbour, destination);
    const text = path?.join();
    // Nothing is left to say if it has changed back meanwhile.
    if (text === neighbour.told.get(destination)) return;
    if (text === undefined) neighbour.told.delete(destination);
    else neighbour.told.set(destination, text);
    writeRoute(out, { sequence: ++neighbour.sequence, destination, path: path ?? [] });
  }

  onLost(): void {
    this.#speaker.onLost(this.#neighbour, this.#destination);
  }
}
