import { fromUtf8, utf8 } from "@selvage/core";
import type { Identity } from "@selvage/identity";
import { ManualClock, seededEntropy } from "@selvage/testing";

import type { DaemonEvent } from "../src/daemon/daemon-event.ts";
import { DaemonHost } from "../src/daemon/daemon-host.ts";
import { EventProducer } from "../src/daemon/event-producer.ts";
import type { DaemonHostConfig } from "../src/daemon/host-config.ts";
import type { MeshDaemon } from "../src/daemon/mesh-daemon.ts";
import { identityOf } from "./identities.ts";

/** Adds up the numbers that it gets, and says the sum each time. "fail" fails. */
export class Counter implements MeshDaemon {
  readonly name: string = "counter";
  value = 0;

  requirements(): Record<string, never> {
    return {};
  }

  process({ payload }: DaemonEvent): readonly Uint8Array[] {
    const text = fromUtf8(payload);
    if (text === "fail") throw new Error("the counter fails");
    this.value += Number(text);
    return [utf8(String(this.value))];
  }

  snapshot(): Uint8Array {
    return utf8(String(this.value));
  }

  restore(state: Uint8Array): void {
    const value = Number(fromUtf8(state));
    if (!Number.isFinite(value)) throw new Error("no number");
    this.value = value;
  }
}

/** A daemon that does what it is told here, and nothing otherwise. */
export function daemonThat(does: Partial<MeshDaemon>): MeshDaemon {
  return { name: "test", requirements: () => ({}), process: () => [], ...does };
}

/** A host in its own virtual time. */
export function hostOf(
  daemon: MeshDaemon,
  {
    identity = identityOf(1),
    clock = new ManualClock(),
    ...config
  }: DaemonHostConfig & { identity?: Identity; clock?: ManualClock } = {},
): DaemonHost {
  return DaemonHost.create({ daemon, identity, clock }, config);
}

/** A producer of numbered events. */
export function producerOf(number: number, incarnation = 1): EventProducer {
  return new EventProducer(identityOf(100 + number).originHash, {
    clock: new ManualClock(),
    entropy: seededEntropy(number),
    incarnation,
  });
}

/** What outputs say. */
export function textsOf(outputs: readonly { readonly payload: Uint8Array }[]): readonly string[] {
  return outputs.map(({ payload }) => fromUtf8(payload));
}
