import { type FreezeBy, ProviderProcess } from "./provider-process.ts";
import type { Provider, ProviderHost, ProviderSpec } from "./provider.ts";

/** Options of {@link ProcessHost}. */
export interface ProcessHostConfig {
  /** The module that provider processes run. Default: the one beside this file. */
  readonly childModule?: URL | undefined;
  /** Default: by signal, except on Windows, which has none for it. */
  readonly freezeBy?: FreezeBy | undefined;
}

/** Runs each provider in a process of its own. */
export class ProcessHost implements ProviderHost {
  readonly #childModule: URL;
  readonly #freezeBy: FreezeBy;
  readonly #processes: Set<ProviderProcess> = new Set();

  constructor({
    childModule = new URL("./provider-child.js", import.meta.url),
    freezeBy = process.platform === "win32" ? "block" : "signal",
  }: ProcessHostConfig = {}) {
    this.#childModule = childModule;
    this.#freezeBy = freezeBy;
  }

  async start(spec: ProviderSpec): Promise<Provider> {
    const started = new ProviderProcess(spec, {
      childModule: this.#childModule,
      freezeBy: this.#freezeBy,
      onStopping: (pid) => this.#guard(pid),
    });
    this.#processes.add(started);
    void started.exited.then(() => this.#processes.delete(started));
    await started.serving;
    return started;
  }

  /** For exit paths that cannot wait: SIGKILL ends stopped processes too. */
  killAll(): void {
    for (const running of this.#processes) running.kill();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const exits = [...this.#processes].map(({ exited }) => exited);
    this.killAll();
    await Promise.all(exits);
  }

  /** The others watch over a stopped process, in case that this one is killed meanwhile. */
  #guard(pid: number | undefined): void {
    for (const running of this.#processes) {
      if (running.pid !== pid) running.guard(pid);
    }
  }
}
