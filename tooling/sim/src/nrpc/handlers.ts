import type { Mesh, ServeHandle } from "@selvage/mesh";
import { ApplicationError, type CallContext, type CallShape } from "@selvage/nrpc";
import type { Simulation } from "@selvage/testing";

import type { MeshMachine } from "../world/mesh-machine.ts";
import type { Calls } from "./calls.ts";
import { type Message, messageOf, wrongIn } from "./content.ts";
import type { HandlerRun, Ledger } from "./ledger.ts";
import type { Party } from "./party.ts";
import type { Seams } from "./seams.ts";
import type { NodeSetting, ServingSetting, Setting } from "./setting.ts";

/** What handlers work with. */
export interface HandlersParts {
  readonly sim: Simulation;
  readonly ledger: Ledger;
  readonly setting: Setting;
  readonly calls: Calls;
  readonly machines: ReadonlyMap<string, MeshMachine>;
  readonly seams: Seams;
  readonly onStart: (run: HandlerRun, running: number, serving: ServingSetting) => void;
  readonly onAbort: (run: HandlerRun) => void;
}

/** What an echo has of text. */
const ECHO_SIZE = 20;

/** Serves everything that one process serves. */
export function serveAll(parts: HandlersParts, party: Party, node: NodeSetting): ServeHandle[] {
  return node.serves.map((serving) => new Serving(parts, party, serving).serve(party.mesh));
}

type Responses = AsyncGenerator<Message, void>;

/** One service at one process. */
class Serving {
  readonly #parts: HandlersParts;
  readonly #party: Party;
  readonly #setting: ServingSetting;
  #running = 0;

  constructor(parts: HandlersParts, party: Party, setting: ServingSetting) {
    this.#parts = parts;
    this.#party = party;
    this.#setting = setting;
  }

  serve(mesh: Mesh): ServeHandle {
    const { setting, machines, seams } = this.#parts;
    const { service, priority, weight, maxInFlight, queue, denies } = this.#setting;
    const denied = denies === undefined ? undefined : machines.get(denies)?.nodeId;
    const options = {
      priority,
      weight,
      maxInFlight,
      queue,
      allow: denied && (({ nodeId }: { readonly nodeId: string }) => nodeId !== denied),
    };
    const contract = setting.services.get(service)?.contract;
    if (contract === undefined) throw new RangeError(`there is no service "${service}"`);
    return mesh.serve(
      contract,
      this.#handler(contract.shape) as never,
      seams.serving?.(options) ?? options,
    );
  }

  #handler(shape: CallShape): (input: unknown, context: CallContext) => unknown {
    const isStream = shape === "server-stream" || shape === "bidirectional";
    const answer = (input: unknown, context: CallContext): Responses =>
      this.#work(
        this.#begin(context),
        shape === "unary" || shape === "server-stream"
          ? [input]
          : (input as AsyncIterable<unknown>),
        context,
      );
    if (isStream) return answer;
    return async (input, context) => {
      let only: Message | undefined;
      for await (const response of answer(input, context)) only = response;
      return only;
    };
  }

  /** A handler starts, as the server sees it: streams are taken from only then. */
  #begin(context: CallContext): HandlerRun {
    const { ledger, onStart, onAbort, sim } = this.#parts;
    const call = ledger.record(Number(context.metadata.get("call")));
    if (call === undefined) throw new RangeError("a call came that nobody made");
    const run = ledger.beginRun(call, this.#party, context.remainingMs());
    this.#running++;
    onStart(run, this.#running, this.#setting);
    if (call.spec.script.hasSignal) {
      const heard = (): void => {
        run.abortedAt = sim.now;
        onAbort(run);
      };
      if (context.signal.aborted) heard();
      else context.signal.addEventListener("abort", heard, { once: true });
    }
    return run;
  }

  async *#work(
    run: HandlerRun,
    requests: Iterable<unknown> | AsyncIterable<unknown>,
    context: CallContext,
  ): Responses {
    const { ledger, sim } = this.#parts;
    const { script } = run.call.spec;
    try {
      const { sick } = this.#setting;
      if (sick !== undefined && sim.now >= sick.fromMs && sim.now < sick.untilMs) {
        throw new Error("the handler is out of order");
      }
      yield* this.#readAll(run, requests, context);
      await this.#sleep(script.workMs, run, context);
      await this.#nest(run, context);
      for (const size of script.responses) {
        yield this.#give(run, size);
        await this.#sleep(script.responseGapMs, run, context);
      }
      if (script.fails === "application") throw new ApplicationError(`run-${run.id}`, "as asked");
      if (script.fails === "throw") throw new Error("as asked");
      ledger.endRun(run, "answered");
    } catch (error) {
      ledger.endRun(run, error instanceof ApplicationError ? "application" : "threw");
      throw error;
    } finally {
      // The server stops reading in the middle when nobody wants more.
      ledger.endRun(run, "left");
      this.#running--;
    }
  }

  async *#readAll(
    run: HandlerRun,
    requests: Iterable<unknown> | AsyncIterable<unknown>,
    context: CallContext,
  ): Responses {
    const { script } = run.call.spec;
    if (script.readsUntil === 0) return;
    for await (const request of requests) {
      this.#check(run, request);
      if (script.echoes) yield this.#give(run, ECHO_SIZE);
      if (run.read === script.readsUntil) return;
      await this.#sleep(script.readGapMs, run, context);
    }
    run.hasReadAll = true;
  }

  #check(run: HandlerRun, request: unknown): void {
    const { content, requests } = run.call.spec;
    const at = run.read++;
    const wrong = wrongIn(request, content, at, requests[at] ?? -1);
    if (wrong !== undefined) run.wrong ??= `request ${at}: ${wrong}`;
  }

  #give(run: HandlerRun, size: number): Message {
    const at = run.given.length;
    run.given.push(size);
    return messageOf(run.id, at, size);
  }

  async #sleep(ms: number, { call }: HandlerRun, context: CallContext): Promise<void> {
    const { hasSignal, heedsSignal } = call.spec.script;
    await this.#party.sleep(ms, hasSignal && heedsSignal ? context.signal : undefined);
  }

  async #nest(run: HandlerRun, context: CallContext): Promise<void> {
    const { nested } = run.call.spec;
    if (nested !== undefined) await this.#parts.calls.make(this.#party, nested, { run, context });
  }
}
