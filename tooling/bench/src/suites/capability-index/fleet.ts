import { type Announcement, CapabilityIndex, CapabilitySet } from "@selvage/capability-index";
import { parseNodeId, systemClock } from "@selvage/core";
import { parseEntityId } from "@selvage/identity";

/** Nodes that serve one service, whatever the size of the fleet. */
export const PROVIDERS = 10;
/** Models in the fleet: each one runs on one node in a hundred. */
export const MODELS = 100;
/** Bytes of a body as such nodes sign it. */
const BODY_BYTES = 400;

/** An empty index for so many nodes, and as many more. */
export function createIndex(size: number): CapabilityIndex {
  return new CapabilityIndex({ clock: systemClock }, { maxEntries: size * 2 });
}

/** The service that a node serves in a fleet of this size. */
export function serviceOf(n: number, size: number): string {
  return `nrpc:service-${n % (size / PROVIDERS)}`;
}

/**
 * An announcement as an index sees it after it was verified: nothing of it is shared with others, as
 * nothing is that comes from a network. Ten tags or so; every third node has a GPU.
 */
export function announcementOf(n: number, size: number, version = 1): Announcement {
  const memoryGb = 8 << ((n + version) % 6);
  const tags = [
    serviceOf(n, size),
    "nrpc:health",
    `software.os=${n % 4 === 0 ? "darwin" : "linux"}`,
    `software.runtime.node=22.${n % 12}.0`,
    `hardware.cpu_cores=${4 * (1 + (n % 8))}`,
    `hardware.memory_gb=${memoryGb}`,
    `software.model.0.id=model-${n % MODELS}`,
    `software.model.0.tokens_per_sec=${n % 997}`,
    ...(n % 3 === 0
      ? ["hardware.gpu", `hardware.gpu.vendor=${n % 2 === 0 ? "nvidia" : "amd"}`]
      : []),
    ...(n % 3 === 0 ? [`hardware.gpu.vram_gb=${8 * (1 + (n % 10))}`] : []),
  ];
  const body = new Uint8Array(BODY_BYTES);
  new DataView(body.buffer).setFloat64(0, n * 1_000 + version);
  return {
    nodeId: parseNodeId(scatter(n)),
    entityId: parseEntityId(unshared(scatter(n + 1).repeat(2))),
    bootId: unshared(scatter(n + 2)),
    version,
    wallMs: 0,
    ttlSeconds: 900,
    tombstone: false,
    capabilities: CapabilitySet.from({
      tags: tags.map(unshared),
      metadata: new Map([[unshared("zone"), unshared(`zone-${n % 50}`)]]),
    }),
    addresses: [unshared(`10.0.${n & 0xff}.1:9000`)],
    grants: [],
    allowedNodes: [],
    body,
    signature: new Uint8Array(64),
    hopCount: 1,
    ageMs: 0,
    digest: body.slice(0, 8),
  };
}

/** 32 hexadecimal characters in which a number cannot be recognised. */
function scatter(n: number): string {
  let text = "";
  for (let part = 1; part <= 4; part++) {
    let word = Math.imul(n + part, 0x9e37_79b1);
    word = Math.imul(word ^ (word >>> 15), 0x85eb_ca6b);
    text += ((word ^ (word >>> 13)) >>> 0).toString(16).padStart(8, "0");
  }
  return text;
}

/** The same text as a decoder makes it: a string of its own. */
function unshared(text: string): string {
  return Buffer.from(text).toString("latin1");
}
