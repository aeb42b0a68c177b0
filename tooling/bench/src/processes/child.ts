import { type ChildProcess, fork } from "node:child_process";

import { pinEventLoop } from "./pinning.ts";
import type { ReplyMessage, RequestKind, Requests } from "./protocol.ts";

/** How long a child may take beyond what it was asked to take, in milliseconds. */
const PATIENCE_MS = 15_000;
/** How long a child may take to end by itself, in milliseconds. */
const GRACE_MS = 2_000;

/** A child process that answers requests one by one. */
export class Child implements AsyncDisposable {
  readonly #process: ChildProcess;
  readonly #name: string;
  readonly #exited: Promise<void>;
  /** It ended by itself, and its last words are read: after `disconnect` that event never comes. */
  readonly #closed: Promise<void>;
  /** What it complained about, told if it fails; peers may print what they like. */
  #stderr = "";

  /** `flags` are for Node, besides those that this process was given. */
  constructor(module: URL, name: string, flags: readonly string[] = []) {
    this.#name = name;
    const execArgv = [...process.execArgv, ...flags];
    this.#process = fork(module, { stdio: ["ignore", "ignore", "pipe", "ipc"], execArgv });
    this.#process.stderr?.setEncoding("utf8").on("data", (text: string) => {
      this.#stderr = (this.#stderr + text).slice(-2_000);
    });
    this.#exited = this.#heard("exit");
    this.#closed = this.#heard("close");
  }

  /** Makes one request. Throws Error when it fails, the child ends or takes too long. */
  async request<Kind extends RequestKind>(
    kind: Kind,
    request: Requests[Kind]["request"],
    lastsMs = 0,
  ): Promise<Requests[Kind]["reply"]> {
    const reply = await this.#exchange({ kind, ...request }, lastsMs + PATIENCE_MS);
    if (!reply.ok) throw new Error(`${this.#name}: ${reply.reason}`);
    return reply.value as Requests[Kind]["reply"];
  }

  /** Keeps its event loop on a core. Throws Error when it is gone. */
  async pin(core: number): Promise<void> {
    if (this.#process.pid !== undefined) await pinEventLoop(this.#process.pid, core);
  }

  /** Sends it a signal. */
  signal(signal: "SIGKILL" | "SIGSTOP" | "SIGCONT"): void {
    this.#process.kill(signal);
  }

  /** Ends the process, by force if it must be. */
  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#process.connected) this.#process.disconnect();
    const timer = setTimeout(() => this.#process.kill("SIGKILL"), GRACE_MS);
    await this.#exited;
    clearTimeout(timer);
  }

  #heard(event: "exit" | "close"): Promise<void> {
    return new Promise((resolve) => {
      this.#process.once(event, () => resolve());
      // A process that could not be started neither exits nor closes.
      this.#process.once("error", () => resolve());
    });
  }

  #exchange(message: object, withinMs: number): Promise<ReplyMessage> {
    return new Promise((resolve) => {
      const settle = (reply: ReplyMessage): void => {
        clearTimeout(timer);
        this.#process.removeListener("message", settle);
        resolve(reply);
      };
      const fail = (reason: string): void => settle({ ok: false, reason });
      const timer = setTimeout(() => fail(`no answer within ${withinMs} ms`), withinMs);
      this.#process.once("message", settle);
      void this.#closed.then(() => fail(`ended: ${this.#lastWords()}`));
      if (!this.#process.connected) return;
      this.#process.send(message, (error) => {
        if (error !== null) fail(error.message);
      });
    });
  }

  #lastWords(): string {
    const lines = this.#stderr.split("\n").filter((line) => line.trim() !== "");
    return lines.find((line) => line.includes("Error")) ?? lines.at(-1) ?? "without a word";
  }
}
