import { readSync } from "node:fs";

import { Identity } from "@selvage/identity";
import { createMesh, type Mesh } from "@selvage/mesh";

import type { Role } from "../roles.ts";
import { type HostMessage, isHostMessage, type ProviderMessage } from "./ipc.ts";

/** Offers at a node what its provider is there for. */
export type Serve = (mesh: Mesh, role: Role) => void;

let mesh: Mesh | undefined;
/** A stopped sibling. */
let ward: number | undefined;

/** Makes this a provider process: it does what it hears over IPC, and never outlives the main process. */
export function runProvider(serve: Serve): void {
  process.on("message", (message: unknown) => {
    if (isHostMessage(message)) obey(message, serve).catch(fail);
  });
  process.on("disconnect", leave);
  // Ctrl-C reaches the whole process group, but it is the main process that decides.
  process.on("SIGINT", () => {});
  if (!process.connected) leave();
}

async function obey(message: HostMessage, serve: Serve): Promise<void> {
  switch (message.type) {
    case "start": {
      const { role, seed, psk, peers } = message;
      mesh = await createMesh({ identity: Identity.fromSeed(seed), psk, peers });
      serve(mesh, role);
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
