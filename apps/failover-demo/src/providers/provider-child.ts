/** The provider process: does what it hears over IPC, and never outlives the main process. */
import { readSync } from "node:fs";

import { Identity } from "@selvage/identity";
import { createMesh, type Mesh } from "@selvage/mesh";

import { type HostMessage, isHostMessage, type ProviderMessage } from "./ipc.ts";
import { serveSummaries } from "./serve-summaries.ts";

let mesh: Mesh | undefined;
/** A stopped sibling. */
let ward: number | undefined;

process.on("message", (message: unknown) => {
  if (isHostMessage(message)) obey(message).catch(fail);
});
process.on("disconnect", leave);
// Ctrl-C reaches the whole process group, but it is the main process that decides.
process.on("SIGINT", () => {});
if (!process.connected) leave();

async function obey(message: HostMessage): Promise<void> {
  switch (message.type) {
    case "start": {
      const { role, seed, psk, peers } = message;
      mesh = await createMesh({ identity: Identity.fromSeed(seed), psk, peers });
      serveSummaries(mesh, role);
      tell({ type: "serving", address: mesh.address });
      return;
    }
    case "close":
      await mesh?.close();
      tell({ type: "closed" });
      process.disconnect();
      return;
    case "block":
      // Ends when the main process writes, or is gone.
      readSync(0, new Uint8Array(1));
      return;
    case "guard":
      ward = message.pid;
  }
}

function tell(message: ProviderMessage): void {
  process.send?.(message);
}

function fail(error: unknown): void {
  tell({ type: "failed", reason: error instanceof Error ? error.message : String(error) });
}

function leave(): void {
  if (ward !== undefined) {
    try {
      process.kill(ward, "SIGKILL");
    } catch {
      // It is gone already.
    }
  }
  process.exit();
}
