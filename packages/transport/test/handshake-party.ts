import { nodeProvider } from "@selvage/identity";
import { type ManualClock, seededEntropy } from "@selvage/testing";

import { resolveLimits, type TransportLimits } from "../src/defaults.ts";
import type { HandshakeHost } from "../src/handshake/handshake-host.ts";
import { writeInit } from "../src/handshake/packets.ts";
import type { OwnProof } from "../src/handshake/proof.ts";
import { derivePskKeys, type PskKeys, sealMac } from "../src/handshake/psk-keys.ts";
import { Responder } from "../src/handshake/responder.ts";
import { createNoiseInitiator } from "../src/noise/index.ts";
import { readU32 } from "../src/packet/header.ts";
import { encodeHandshakeHello } from "../src/wire/handshake.gen.ts";
import { identityOf, PSK, text } from "./world.ts";

/** What a party said, and to whom. */
export interface Said {
  readonly datagram: Uint8Array;
  readonly to: string;
}

/** One end of handshakes, without a network: a test carries the packets, or does not. */
export class HandshakeParty implements HandshakeHost {
  readonly clock: ManualClock;
  readonly entropy: HandshakeHost["entropy"];
  readonly crypto: HandshakeHost["crypto"] = nodeProvider();
  readonly limits: TransportLimits;
  readonly psks: readonly [PskKeys];
  readonly own: OwnProof;
  readonly said: Said[] = [];

  constructor(
    name: string,
    clock: ManualClock,
    options: { readonly limits?: Partial<TransportLimits>; readonly addresses?: string[] } = {},
  ) {
    this.clock = clock;
    this.entropy = seededEntropy(name);
    this.limits = resolveLimits(options.limits);
    this.psks = [derivePskKeys(this.crypto, PSK)];
    this.own = {
      identity: identityOf(name),
      bootId: this.entropy.bytes(16),
      addresses: () => options.addresses ?? [],
      parameters: {
        streamWindowBytes: 65_536,
        maxOpenStreams: 1_024,
        maxMessageBytes: 16_777_216,
        maxAckDelayMs: 5,
        receiveBudgetBytes: 79_872,
      },
    };
  }

  freeIndex(): number {
    return readU32(this.entropy.bytes(4), 0);
  }

  transmit(datagram: Uint8Array, to: string): void {
    this.said.push({ datagram, to });
  }

  /** What was said since the last look. */
  takeSaid(): Said[] {
    return this.said.splice(0);
  }

  /** A message 1 of ours, with right macs but for the cookie's. */
  init(options: { readonly index?: number; readonly length?: number } = {}): Uint8Array {
    const noise = createNoiseInitiator({
      provider: this.crypto,
      entropy: this.entropy,
      staticKey: this.own.identity.noiseStaticKey,
      psk: this.psks[0].noise,
      prologue: text("selvage handshake v1"),
    });
    const hello = encodeHandshakeHello({ minVersion: 1, maxVersion: 1 });
    const message = noise.writeMessage(() => hello);
    const packet = writeInit(options.index ?? this.freeIndex(), message, options.length);
    sealMac(this.crypto, this.psks[0], packet);
    return packet;
  }
}

/** A responder, and how many half-done handshakes made room for others at it. */
export class ResponderBench {
  readonly party: HandshakeParty;
  readonly responder: Responder;
  evicted = 0;

  constructor(party: HandshakeParty) {
    this.party = party;
    this.responder = new Responder(party, () => {
      this.evicted++;
    });
  }

  /** Hands a message 1 in, as from an address; answers why it led to nothing. */
  take(packet: Uint8Array, from: string, source: string = from): string | undefined {
    return this.responder.onInit({ packet, from, source, psk: this.party.psks[0] });
  }
}
