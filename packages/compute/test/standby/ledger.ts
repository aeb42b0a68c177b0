import type { DaemonEvent } from "../../src/daemon/daemon-event.ts";
import type { MeshDaemon } from "../../src/daemon/mesh-daemon.ts";

/** Writes down what it gets, in order: whatever is lost or comes twice shows. */
export class Ledger implements MeshDaemon {
  readonly name = "ledger";
  entries: string[] = [];

  requirements(): Record<string, never> {
    return {};
  }

  process({ payload }: DaemonEvent): readonly Uint8Array[] {
    this.entries.push(new TextDecoder().decode(payload));
    return [payload];
  }

  snapshot(): Uint8Array {
    return new TextEncoder().encode(this.entries.join("\n"));
  }

  restore(state: Uint8Array): void {
    const text = new TextDecoder().decode(state);
    this.entries = text === "" ? [] : text.split("\n");
  }
}
