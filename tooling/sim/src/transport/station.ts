import type { NodeId } from "@selvage/core";
import { type CryptoProvider, Identity } from "@selvage/identity";
import { seededEntropy, type SimNode } from "@selvage/testing";
import {
  createTransport,
  type DatagramDriver,
  type MessageStream,
  type PeerEvent,
  type Transport,
} from "@selvage/transport";

import { Machine, type MachineParts } from "../world/machine.ts";
import { Redialer } from "./redialer.ts";
import type { Seams } from "./seams.ts";
import type { StationSetting } from "./setting.ts";
import { SERVED_PROTOCOL } from "./traffic-kinds.ts";

/** Every station listens here. */
const PORT = 7_000;

/** What all stations have in common. */
export interface StationParts extends MachineParts {
  readonly crypto: CryptoProvider;
  readonly seams: Seams;
  /** The mesh's keys; each station has its own order of them. */
  readonly psks: readonly Uint8Array[];
  /** What stands between a driver and its transport. */
  readonly wrapDriver: (station: Station, driver: DatagramDriver) => DatagramDriver;
  readonly onStream: (station: Station, node: SimNode, stream: MessageStream) => void;
  readonly onPeer: (station: Station, event: PeerEvent) => void;
}

/** One process: a transport, and whom it keeps in touch with. */
export interface StationProcess {
  readonly transport: Transport;
  readonly redialer: Redialer;
}

/** Whom to dial, and whether its address is known. */
export interface Dial {
  readonly station: Station;
  readonly byAddress: boolean;
}

/** A machine that runs a transport. */
export class Station extends Machine<StationProcess> {
  readonly nodeId: NodeId;
  readonly setting: StationSetting;
  /** Whom it dials, and dials again. */
  dials: readonly Dial[] = [];
  /** When it got its present address. */
  reboundAt = 0;
  readonly #parts: StationParts;
  readonly #identity: Identity;

  constructor(parts: StationParts, setting: StationSetting) {
    super(parts, setting);
    const { sim, crypto } = parts;
    const seed = seededEntropy(`${sim.seed}/identity ${setting.name}`).bytes(32);
    this.#parts = parts;
    this.#identity = Identity.fromSeed(seed, { provider: crypto });
    this.setting = setting;
    this.nodeId = this.#identity.nodeId;
  }

  /** The transport that does its work here, or `undefined`. */
  get transport(): Transport | undefined {
    return this.process?.transport;
  }

  /** Whether it has a session with the present process of another station. */
  knows({ nodeId, transport }: Station): boolean {
    return transport !== undefined && this.transport?.peer(nodeId)?.bootId === transport.bootId;
  }

  protected override boot(node: SimNode): Promise<StationProcess> {
    const { crypto, seams, psks, wrapDriver, onStream, onPeer } = this.#parts;
    const { limits, receiveBufferBytes, pskOrder } = this.setting;
    const clock = seams.clock?.(node.clock) ?? node.clock;
    const driver = wrapDriver(this, node.bind({ port: PORT, receiveBufferBytes }));
    const [first = 0, ...others] = pskOrder;
    const plain = createTransport(
      { driver, identity: this.#identity, clock, entropy: node.entropy, crypto },
      { psk: [keyOf(psks, first), ...others.map((at) => keyOf(psks, at))], limits },
    );
    const transport = seams.transport?.(plain) ?? plain;
    transport.serve(SERVED_PROTOCOL, (stream) => onStream(this, node, stream));
    transport.onPeer((event) => onPeer(this, event));
    const redialer = new Redialer(transport, node.clock);
    for (const { station, byAddress } of this.dials) {
      const { name, nodeId } = station;
      redialer.keep({ nodeId, address: byAddress ? `${name}:${PORT}` : undefined });
    }
    return Promise.resolve({ transport, redialer });
  }

  protected override end({ transport, redialer }: StationProcess): Promise<void> {
    redialer.stop();
    return transport.close();
  }

  protected override onServing(): void {}
}

function keyOf(psks: readonly Uint8Array[], at: number): Uint8Array {
  const key = psks[at];
  if (key === undefined) throw new RangeError(`there is no key ${at}`);
  return key;
}
