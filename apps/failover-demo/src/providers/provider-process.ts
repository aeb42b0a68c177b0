import { type ChildProcess, fork } from "node:child_process";

import { deferred, type NodeId, systemClock } from "@selvage/core";

import type { Role } from "../roles.ts";
import { type HostMessage, isProviderMessage, type ProviderMessage } from "./ipc.ts";
import type { Provider, ProviderSpec } from "./provider.ts";

/** How long a process may take until it serves, in milliseconds. */
const START_MS = 20_000;

/** How a process is kept from running: SIGSTOP, or a loop of its own that waits for a byte. */
export type FreezeBy = "signal" | "block";

/** How a {@link ProviderProcess} runs. */
export interface ProviderProcessConfig {
  readonly childModule: URL;
  readonly freezeBy: FreezeBy;
  /** The process with this id is about to be stopped; `undefined`: it runs again. */
  readonly onStopping: (pid: number | undefined) => void;
}

/** One provider in a child process. */
export class ProviderProcess implements Provider {
  readonly role: Role;
  readonly nodeId: NodeId;
  /** Resolves when the provider serves; rejects when it cannot. */
  readonly serving: Promise<void>;
  /** Resolves when the process is gone and reaped. */
  readonly exited: Promise<void>;
  readonly #child: ChildProcess;
  readonly #config: ProviderProcessConfig;
  readonly #serving = deferred<void>();
  readonly #closed = deferred<void>();
  #address = "";

  constructor({ role, identity, psk, peers }: ProviderSpec, config: ProviderProcessConfig) {
    this.role = role;
    this.nodeId = identity.nodeId;
    this.#config = config;
    this.#child = fork(config.childModule, [], {
      execArgv: [],
      serialization: "advanced",
      stdio: [config.freezeBy === "block" ? "pipe" : "ignore", "ignore", "inherit", "ipc"],
    });
    const slow = systemClock.setTimeout(() => this.#fail("it took too long"), START_MS).unref();
    this.serving = this.#serving.promise.finally(() => slow[Symbol.dispose]());
    this.exited = this.#watchExit();
    this.#child.on("message", (message: unknown) => {
      if (isProviderMessage(message)) this.#hear(message);
    });
    this.#tell({ type: "start", role, seed: identity.toBytes(), psk, peers });
  }

  get address(): string {
    return this.#address;
  }

  get pid(): number | undefined {
    return this.#child.pid;
  }

  kill(): void {
    this.#child.kill("SIGKILL");
  }

  freeze(): void {
    if (this.#config.freezeBy === "block") {
      this.#tell({ type: "block" });
      return;
    }
    // In this order: if we are killed in between, somebody has to know of the stopped one.
    this.#config.onStopping(this.pid);
    this.#child.kill("SIGSTOP");
  }

  thaw(): void {
    if (this.#config.freezeBy === "block") {
      this.#child.stdin?.write("\n");
      return;
    }
    this.#child.kill("SIGCONT");
    this.#config.onStopping(undefined);
  }

  close(): Promise<void> {
    this.#tell({ type: "close" });
    return this.#closed.promise;
  }

  /** Has this process look after a stopped one. */
  guard(pid: number | undefined): void {
    this.#tell({ type: "guard", pid });
  }

  #hear(message: ProviderMessage): void {
    switch (message.type) {
      case "serving":
        this.#address = message.address;
        this.#serving.resolve();
        return;
      case "failed":
        this.#fail(message.reason);
        return;
      case "closed":
        this.#closed.resolve();
    }
  }

  #watchExit(): Promise<void> {
    return new Promise((resolve) => {
      const end = (reason: string): void => {
        this.#fail(reason);
        this.#closed.resolve();
        resolve();
      };
      this.#child.once("exit", (code, signal) => end(`it ended with ${signal ?? code}`));
      this.#child.on("error", (error) => {
        // Of a process that never came to be there will be no exit.
        if (this.pid === undefined) end(error.message);
      });
    });
  }

  #fail(reason: string): void {
    this.#serving.reject(new Error(`the ${this.role} did not start: ${reason}`));
  }

  #tell(message: HostMessage): void {
    if (this.#child.connected) this.#child.send(message, () => {});
  }
}
