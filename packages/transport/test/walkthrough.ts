import { toHex } from "@selvage/core";
import { nodeProvider } from "@selvage/identity";
import type { SeededEntropy } from "@selvage/testing";

import { createTransport } from "../src/index.ts";
import { FrameType } from "../src/packet/frames.ts";
import { AEAD_TAG_BYTES, DATA_HEADER_BYTES, PacketType } from "../src/packet/header.ts";
import { PacketCipher } from "../src/session/packet-cipher.ts";
import { frame, RawPeer } from "./raw-peer.ts";
import { identityOf, PSK, text, TransportWorld } from "./world.ts";

/** A stretch of a packet, and what it is. */
type Field = readonly [name: string, length: number];

const INIT: readonly Field[] = [
  ["type, version", 2],
  ["mac1", 16],
  ["cookie mac: none", 16],
  ["initiator's index", 4],
  ["length of Noise message 1", 2],
  ["e: ephemeral key", 32],
  ["payload, sealed", 20],
];
const RESPONSE: readonly Field[] = [
  ["type, version", 2],
  ["mac1", 16],
  ["responder's index", 4],
  ["initiator's index", 4],
  ["e: ephemeral key", 32],
  ["s: static key, sealed", 48],
];
const FINAL: readonly Field[] = [
  ["type, version", 2],
  ["mac1", 16],
  ["responder's index", 4],
  ["s: static key, sealed", 48],
];
const DATA: readonly Field[] = [
  ["type, version", 2],
  ["flags", 1],
  ["receiver's index", 4],
  ["packet number", 7],
];

/** Lines of up to sixteen bytes each with its offset; the first says what it is. */
function dump(bytes: Uint8Array, fields: readonly Field[], rest: string): string[] {
  const lines: string[] = [];
  let at = 0;
  const add = (name: string, length: number): void => {
    for (let from = at; from < at + length; from += 16) {
      const hex = toHex(bytes.subarray(from, Math.min(from + 16, at + length)));
      const spaced = (hex.match(/../g) ?? []).join(" ");
      const label = from === at ? `  ${name}` : "";
      lines.push(`${from.toString(16).padStart(4, "0")}  ${spaced.padEnd(47)}${label}`.trimEnd());
    }
    at += length;
  };
  for (const [name, length] of fields) add(name, length);
  const zeros = bytes.length - at;
  if (zeros > 64 && bytes.subarray(at).every((byte) => byte === 0)) {
    lines.push(
      `${at.toString(16).padStart(4, "0")}  ${`00 … (${zeros} bytes)`.padEnd(47)}  ${rest}`,
    );
  } else if (zeros > 0) {
    add(rest, zeros);
  }
  return lines;
}

/** Remembers what was drawn. */
class RecordingEntropy implements SeededEntropy {
  readonly drawn: Uint8Array[] = [];
  readonly #entropy: SeededEntropy;

  constructor(entropy: SeededEntropy) {
    this.#entropy = entropy;
  }

  bytes(length: number): Uint8Array {
    const bytes = this.#entropy.bytes(length);
    this.drawn.push(bytes.slice());
    return bytes;
  }

  split(label: string): SeededEntropy {
    return this.#entropy.split(label);
  }

  /** The one private key among it. */
  get key(): string {
    return toHex(this.drawn.find(({ length }) => length === 32) ?? new Uint8Array());
  }
}

/** A handshake and one message, as they travel: what `docs/wire-protocol.md` ends with. */
export async function walkthrough(): Promise<string> {
  const world = new TransportWorld("walk-through");
  const packets = new Map<string, Uint8Array>();
  world.sim.network.tap(({ from, datagram }) => {
    const key = `${from} ${datagram[0]}`;
    if (!packets.has(key)) packets.set(key, datagram.slice());
  });
  const node = world.sim.node("responder");
  const entropy = new RecordingEntropy(node.entropy);
  const crypto = nodeProvider();
  const transport = createTransport(
    {
      driver: node.bind({ port: 7_000 }),
      identity: identityOf("responder"),
      clock: node.clock,
      entropy,
      crypto,
    },
    { psk: PSK },
  );
  transport.serve(1, () => {});
  const other = world.sim.node("initiator");
  const drawn = new RecordingEntropy(other.entropy);
  const raw = new RawPeer({
    name: other.name,
    clock: other.clock,
    entropy: drawn,
    bind: () => other.bind(),
  });
  await world.sim.settle(world.sim.run(other, () => raw.dial(transport.address)));
  const { initiatorToResponder, responderToInitiator } = raw.agreement.keys;
  const hello = text("hello");
  const message = Uint8Array.of(1, 0, hello.length, 0, 0, 0, ...hello);
  packets.delete(`initiator ${PacketType.data}`);
  await world.sim.run(other, () =>
    raw.send(frame(FrameType.streamFin, [0, 0, message.length], message)),
  );
  await world.sim.runFor(20);
  const packet = (from: string, type: number): Uint8Array => {
    const found = packets.get(`${from} ${type}`);
    if (found === undefined) throw new Error(`${from} sent no packet of type ${type}`);
    return found;
  };
  const opened = (bytes: Uint8Array, openKey: Uint8Array): Uint8Array => {
    const cipher = new PacketCipher({ crypto, sealKey: openKey, openKey, remoteIndex: 0 });
    return cipher.open(bytes.slice())?.payload.slice() ?? new Uint8Array();
  };
  const greeting = packet("responder", PacketType.data);
  const said = packet("initiator", PacketType.data);
  const sealed = (bytes: Uint8Array): readonly Field[] => [
    ...DATA,
    ["frames, sealed", bytes.length - DATA_HEADER_BYTES - AEAD_TAG_BYTES],
  ];
  return [
    block("Given", [
      `pre-shared key            ${toHex(PSK)}`,
      `initiator, ed25519 seed   ${toHex(identityOf("initiator").toBytes())}`,
      `           X25519 static  ${toHex(identityOf("initiator").noiseStaticKey.privateKey)}`,
      `           X25519 e       ${drawn.key}`,
      `           boot id        ${toHex(raw.own.bootId)}`,
      `responder, ed25519 seed   ${toHex(identityOf("responder").toBytes())}`,
      `           X25519 static  ${toHex(identityOf("responder").noiseStaticKey.privateKey)}`,
      `           X25519 e       ${entropy.key}`,
      `           boot id        ${transport.bootId}`,
    ]),
    block("Init", dump(packet("initiator", PacketType.init), INIT, "padding")),
    block("Response", dump(packet("responder", PacketType.response), RESPONSE, "payload, sealed")),
    block("Final", dump(packet("initiator", PacketType.final), FINAL, "payload, sealed")),
    block("Keys of the session", [
      `initiator to responder    ${toHex(initiatorToResponder)}`,
      `responder to initiator    ${toHex(responderToInitiator)}`,
    ]),
    block("The responder's first packet, by which the session stands for the initiator", [
      ...dump(greeting, sealed(greeting), "tag"),
      "",
      ...dump(opened(greeting, responderToInitiator), [["ping", 1]], "further frames"),
    ]),
    block("Stream 0, opened for protocol 1 with the message `hello`, and ended", [
      ...dump(said, sealed(said), "tag"),
      "",
      ...dump(
        opened(said, initiatorToResponder),
        [
          ["stream, last: type", 1],
          ["stream id", 1],
          ["offset", 1],
          ["length", 1],
          ["protocol", 2],
          ["length of the message", 4],
        ],
        "hello",
      ),
    ]),
  ].join("\n");
}

const block = (title: string, lines: readonly string[]): string =>
  `### ${title}\n\n\`\`\`text\n${lines.join("\n")}\n\`\`\`\n`;
