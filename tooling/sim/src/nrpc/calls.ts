import { getEventListeners } from "node:events";

import type { CallContext, CallOptions, ServiceCallOptions } from "@selvage/nrpc";
import type { Simulation } from "@selvage/testing";

import type { MeshMachine } from "../world/mesh-machine.ts";
import type { CallSpec } from "./call-spec.ts";
import { type Message, messageOf, wrongIn } from "./content.ts";
import {
  type CallEnd,
  type CallRecord,
  type HandlerRun,
  type Ledger,
  traceparentOf,
} from "./ledger.ts";
import type { Party } from "./party.ts";
import { requestsOf } from "./requests.ts";
import type { Caller, Seams } from "./seams.ts";
import type { Setting } from "./setting.ts";

/** Why a call was taken back. */
class LostInterest extends Error {
  constructor() {
    super("the caller lost interest");
    this.name = "LostInterest";
  }
}

/** What calls are made with. */
export interface CallsParts {
  readonly sim: Simulation;
  readonly ledger: Ledger;
  readonly setting: Setting;
  readonly machines: ReadonlyMap<string, MeshMachine>;
  readonly seams: Seams;
  /** Told of every call at its start. */
  readonly onStart: (record: CallRecord) => void;
  /** … and at its end. */
  readonly onEnd: (record: CallRecord) => void;
}

/** The handler that makes a call. */
interface Within {
  readonly run: HandlerRun;
  readonly context: CallContext;
}

/** Makes calls of all shapes, and writes down what came of them. */
export class Calls {
  readonly #parts: CallsParts;

  constructor(parts: CallsParts) {
    this.#parts = parts;
  }

  /** Makes a call and sees it through; whatever comes of it is in the ledger. */
  async make(party: Party, spec: CallSpec, within?: Within): Promise<CallRecord> {
    const { sim, ledger, setting, onStart, onEnd } = this.#parts;
    const service = setting.services.get(spec.service);
    if (service === undefined) throw new RangeError(`there is no service "${spec.service}"`);
    const record = ledger.begin(spec, service, party, within?.run);
    onStart(record);
    const cancel = new AbortController();
    const timer =
      spec.cancelAfterMs === undefined
        ? undefined
        : sim.after(spec.cancelAfterMs, () => this.#cancel(party, cancel));
    const listened = listeners(within?.context.signal);
    let end: CallEnd;
    try {
      end = await this.#see(record, party, {
        ...optionsOf(record, within, setting),
        signal: cancel.signal,
      });
    } catch (error) {
      end = error instanceof LostInterest ? { type: "cancelled" } : { type: "error", error };
    }
    timer?.[Symbol.dispose]();
    record.listeners = listeners(cancel.signal) + listeners(within?.context.signal) - listened;
    ledger.end(record, end);
    onEnd(record);
    return record;
  }

  #cancel(party: Party, cancel: AbortController): void {
    const { sim, machines } = this.#parts;
    const machine = machines.get(party.machine);
    const isThere = machine?.life === party.life && machine.state.name !== "down";
    // The process may be killed before its turn comes.
    if (isThere) {
      sim.run(party.machine, () => cancel.abort(new LostInterest())).catch(() => {});
    }
  }

  async #see(record: CallRecord, party: Party, options: CallOptions): Promise<CallEnd> {
    const answer = this.#call(record, party, options);
    const isStream =
      typeof answer === "object" && answer !== null && Symbol.asyncIterator in answer;
    if (isStream) return await this.#read(record, party, answer as AsyncIterable<unknown>);
    this.#take(record, await answer);
    return { type: "answer" };
  }

  #call(record: CallRecord, party: Party, options: CallOptions): unknown {
    const { machines, seams } = this.#parts;
    const { spec, service } = record;
    const port: Caller = seams.caller?.(party.mesh) ?? party.mesh;
    const { contract } = service;
    const isMany = contract.shape === "client-stream" || contract.shape === "bidirectional";
    const request = isMany
      ? requestsOf(record, party)
      : messageOf(spec.content, 0, spec.requests[0] ?? 0);
    const target = spec.pinnedTo === undefined ? undefined : machines.get(spec.pinnedTo);
    if (target !== undefined)
      return port.callNode(target.nodeId, contract, request as never, options);
    return port.callService(contract, request as never, {
      ...options,
      ...this.#serviceOptions(spec),
    });
  }

  #serviceOptions(spec: CallSpec): ServiceCallOptions {
    const { machines } = this.#parts;
    const { retry, hedge, attemptTimeoutMs, policy, filterUnhealthy, distrusts, content } = spec;
    const distrusted = distrusts === undefined ? undefined : machines.get(distrusts)?.entityId;
    return {
      retry,
      hedge,
      attemptTimeoutMs,
      policy,
      filterUnhealthy,
      stickyKey: policy === "sticky" ? `key ${content % 5}` : undefined,
      trust: distrusted && ((entityId) => String(entityId) !== String(distrusted)),
    };
  }

  async #read(
    record: CallRecord,
    party: Party,
    responses: AsyncIterable<unknown>,
  ): Promise<CallEnd> {
    const { leavesAfter, readGapMs } = record.spec;
    const reader = responses[Symbol.asyncIterator]();
    for (;;) {
      if (record.received === leavesAfter) {
        await reader.return?.();
        return { type: "left" };
      }
      const { done, value } = await reader.next();
      if (done === true) return { type: "answer" };
      this.#take(record, value);
      await party.sleep(readGapMs);
    }
  }

  #take(record: CallRecord, response: unknown): void {
    const of = (response as Message | null)?.of ?? 0;
    const run = this.#parts.ledger.run(of);
    const at = record.received++;
    record.answeredBy ??= run;
    const { answeredBy } = record;
    if (answeredBy === undefined) record.wrong ??= `response ${at} is of nobody`;
    else {
      const wrong = wrongIn(response, answeredBy.id, at, answeredBy.given[at] ?? -1);
      if (wrong !== undefined) record.wrong ??= `response ${at}: ${wrong}`;
    }
  }
}

/** Options of every call. */
function optionsOf(
  record: CallRecord,
  within: Within | undefined,
  { machines }: Setting,
): CallOptions {
  const { spec, caller, id } = record;
  const isAmbient = machines.find(({ name }) => name === caller.machine)?.isAmbient === true;
  return {
    deadlineMs: spec.deadlineMs,
    metadata: { call: String(id) },
    idempotencyKey: spec.key,
    ...(within === undefined
      ? { traceparent: traceparentOf(record) }
      : isAmbient
        ? {}
        : { parent: within.context }),
  };
}

const listeners = (signal: AbortSignal | undefined): number =>
  signal === undefined ? 0 : getEventListeners(signal, "abort").length;
