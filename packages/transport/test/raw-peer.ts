import { deferred } from "@selvage/core";
import { type Identity, nodeProvider } from "@selvage/identity";
import type { SimNode } from "@selvage/testing";

import { resolveLimits } from "../src/defaults.ts";
import type { DatagramDriver, DatagramReceiver } from "../src/driver.ts";
import type { Agreement, HandshakeHost } from "../src/handshake/handshake-host.ts";
import { Initiation } from "../src/handshake/initiation.ts";
import type { OwnProof } from "../src/handshake/proof.ts";
import { derivePskKeys, type PskKeys } from "../src/handshake/psk-keys.ts";
import { ByteWriter } from "../src/packet/bytes-io.ts";
import { PacketType } from "../src/packet/header.ts";
import { dispatchFrames } from "../src/session/ingress.ts";
import { PacketCipher } from "../src/session/packet-cipher.ts";
import type { TransportParameters } from "../src/wire/handshake.gen.ts";
import { recordingSink } from "./recording-sink.ts";
import { identityOf, PSK } from "./world.ts";

/** Lines of what was heard that are kept. */
const MAX_HEARD = 10_000;

/**
 * A member of the mesh that shakes hands as it should and then says whatever a test wants. It
 * acknowledges nothing and answers nothing by itself.
 */
export class RawPeer implements HandshakeHost, DatagramReceiver {
  readonly clock: HandshakeHost["clock"];
  readonly entropy: HandshakeHost["entropy"];
  readonly crypto: HandshakeHost["crypto"];
  readonly limits: HandshakeHost["limits"] = resolveLimits();
  readonly psks: readonly [PskKeys];
  readonly own: OwnProof;
  /** The frames that it got, as text. */
  readonly heard: string[] = [];
  /** Sees the frames of every packet that arrives; a view of the datagram. */
  onPayload: ((payload: Uint8Array, packetNumber: number) => void) | undefined;
  /** The other end has not closed the session yet, as far as was heard. */
  hasSession = false;
  /** Sees every datagram before it leaves. */
  onTransmit: ((datagram: Uint8Array) => void) | undefined;
  readonly #driver: DatagramDriver;
  #initiation: Initiation | undefined;
  #agreement: Agreement | undefined;
  #cipher: PacketCipher | undefined;

  constructor(
    node: Pick<SimNode, "name" | "clock" | "entropy" | "bind">,
    parameters: Partial<TransportParameters> = {},
    crypto: HandshakeHost["crypto"] = nodeProvider(),
    identity: Identity = identityOf(node.name),
  ) {
    this.crypto = crypto;
    this.clock = node.clock;
    this.entropy = node.entropy;
    this.psks = [derivePskKeys(this.crypto, PSK)];
    this.own = {
      identity,
      bootId: node.entropy.bytes(16),
      addresses: () => [],
      parameters: {
        streamWindowBytes: 65_536,
        maxOpenStreams: 1_024,
        maxMessageBytes: 16_777_216,
        maxAckDelayMs: 5,
        receiveBudgetBytes: 79_872,
        ...parameters,
      },
    };
    this.#driver = node.bind();
    this.#driver.listen(this);
  }

  /** What the handshake agreed on. */
  get agreement(): Agreement {
    if (this.#agreement === undefined) throw new Error("no session");
    return this.#agreement;
  }

  /** Shakes hands; resolves when the other end has shown that it has the keys. */
  async dial(address: string): Promise<void> {
    const over = deferred<void>();
    this.#initiation = new Initiation(this, {
      address,
      timeoutMs: 5_000,
      onAgreed: (agreement) => {
        this.hasSession = true;
        const { keys, remoteIndex } = agreement;
        this.#agreement = agreement;
        this.#cipher = new PacketCipher({
          crypto: this.crypto,
          sealKey: keys.initiatorToResponder,
          openKey: keys.responderToInitiator,
          remoteIndex,
        });
      },
      onOver: over.resolve,
    });
    await over.promise;
    await this.#initiation.done;
  }

  /** Sends one packet with these frames, or with any bytes in their place. */
  send(...frames: readonly Uint8Array[]): void {
    if (this.#cipher === undefined || this.#agreement === undefined) throw new Error("no session");
    const payload = Uint8Array.from(frames.flatMap((bytes) => [...bytes]));
    this.transmit(this.#cipher.seal(payload).datagram, this.#agreement.address);
  }

  freeIndex(): number {
    return new DataView(this.entropy.bytes(4).buffer).getUint32(0);
  }

  transmit(datagram: Uint8Array, to: string): void {
    this.onTransmit?.(datagram);
    this.#driver.send(datagram, to);
  }

  onDatagram(datagram: Uint8Array, _from: string): void {
    if (datagram[0] === PacketType.response) {
      this.#initiation?.onResponse(datagram);
      return;
    }
    const packet = this.#cipher?.open(datagram);
    if (packet === undefined) return;
    this.#initiation?.confirm();
    this.onPayload?.(packet.payload, packet.number);
    const { sink, log } = recordingSink();
    dispatchFrames(packet.payload, sink);
    this.heard.push(...log);
    if (this.heard.length > MAX_HEARD) this.heard.splice(0, MAX_HEARD / 2);
    if (log.some((line) => line.startsWith("close"))) this.hasSession = false;
  }

  onError(error: unknown): void {
    throw error;
  }
}

/** A frame of a type byte, varints, and bytes at the end. */
export function frame(type: number, fields: readonly number[], tail?: Uint8Array): Uint8Array {
  const writer = new ByteWriter(new Uint8Array(1 + 8 * fields.length + (tail?.length ?? 0)));
  writer.u8(type);
  for (const field of fields) writer.varint(field);
  if (tail !== undefined) writer.raw(tail);
  return writer.bytes.subarray(0, writer.at);
}
