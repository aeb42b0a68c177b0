import { type Random, randomBetween, randomInt } from "@selvage/core";
import type { Simulation } from "@selvage/testing";

import type { MeshMachine } from "../world/mesh-machine.ts";
import type { CallRecord, CallSpec, Ledger } from "./ledger.ts";
import type { Caller, Seams } from "./seams.ts";
import { contracts, type EchoRequest } from "./services.ts";
import { CALLS_FROM_MS, CALLS_UNTIL_MS, SAFE_DEADLINE_MS } from "./times.ts";

/** Mean time between two calls, in milliseconds. */
const MEAN_GAP_MS = 120;
const ALPHABET = "abcdefghijklmnopqrstuvwxyz";

/** What the workload runs on. */
export interface WorkloadParts {
  readonly sim: Simulation;
  readonly random: Random;
  readonly caller: MeshMachine;
  readonly providers: readonly MeshMachine[];
  readonly ledger: Ledger;
  readonly seams: Seams;
  /** Told of every call at its start. */
  readonly onStart: (record: CallRecord) => void;
  /** … and at its end. */
  readonly onEnd: (record: CallRecord) => void;
}

/** Why a call was taken back. */
export class LostInterest extends Error {
  constructor() {
    super("the caller lost interest");
    this.name = "LostInterest";
  }
}

/** Calls of all sorts, at random times. */
export class Workload {
  readonly #parts: WorkloadParts;
  #nextId = 1;

  constructor(parts: WorkloadParts) {
    this.#parts = parts;
  }

  /** Starts calling at the time for it, and stops by itself. */
  schedule(): void {
    this.#parts.sim.after(CALLS_FROM_MS, () => this.#step());
  }

  #step(): void {
    const { sim, random } = this.#parts;
    if (sim.now > CALLS_UNTIL_MS) return;
    this.#start(this.#draw());
    // Calls come alone and in small crowds.
    const gapMs = random.next() < 0.2 ? 0 : -1.25 * MEAN_GAP_MS * Math.log(1 - random.next());
    sim.after(gapMs, () => this.#step());
  }

  #draw(): CallSpec {
    const { random, providers } = this.#parts;
    const id = this.#nextId++;
    const kind = random.next();
    const pinned = kind >= 0.8 && kind < 0.92;
    const owed = kind < 0.45;
    const safe = kind < 0.55 || random.next() < 0.3;
    const retry = owed || (kind >= 0.55 && kind < 0.67) || kind >= 0.92;
    return {
      id,
      service: safe ? "safe" : "unsafe",
      retry: retry && !pinned,
      hedge: kind < 0.12,
      pinnedTo: pinned ? providers[randomInt(random, providers.length)]?.name : undefined,
      deadlineMs: owed ? SAFE_DEADLINE_MS : Math.round(randomBetween(random, 200, 6_000)),
      cancelAfterMs: kind >= 0.92 ? randomBetween(random, 0, 300) : undefined,
      payload: text(random, size(random, owed)),
      workMs: randomBetween(random, 0, random.next() < 0.9 ? 30 : owed ? 300 : 1_500),
      heedsSignal: random.next() < 0.5,
      answerBytes: size(random, owed),
    };
  }

  #start(spec: CallSpec): void {
    const { sim, caller, ledger, seams, onStart, onEnd } = this.#parts;
    const { mesh } = caller;
    if (mesh === undefined) return;
    const port = seams.caller?.(mesh) ?? mesh;
    void sim.run(caller.name, async () => {
      const record = ledger.begin(spec);
      onStart(record);
      try {
        const answer = await this.#call(port, spec);
        ledger.end(record, { type: "answer", answer });
      } catch (error) {
        if (error instanceof LostInterest) ledger.end(record, { type: "cancelled" });
        else ledger.end(record, { type: "error", error });
      }
      onEnd(record);
    });
  }

  async #call(port: Caller, spec: CallSpec): Promise<unknown> {
    const { sim, caller, providers } = this.#parts;
    const contract = contracts[spec.service];
    const { id, payload, workMs, heedsSignal, answerBytes, deadlineMs } = spec;
    const request: EchoRequest = { id, payload, workMs, heedsSignal, answerBytes };
    const cancel = new AbortController();
    const timer =
      spec.cancelAfterMs === undefined
        ? undefined
        : sim.after(spec.cancelAfterMs, () => {
            void sim.run(caller.name, () => cancel.abort(new LostInterest()));
          });
    const options = { deadlineMs, signal: cancel.signal };
    try {
      const target = providers.find(({ name }) => name === spec.pinnedTo);
      return target === undefined
        ? await port.callService(contract, request, {
            ...options,
            retry: spec.retry,
            hedge: spec.hedge,
          })
        : await port.callNode(target.nodeId, contract, request, options);
    } finally {
      timer?.[Symbol.dispose]();
    }
  }
}

/**
 * Mostly small; sometimes several packets; rarely more than a stream's window. What is owed an
 * answer in two seconds must not be more than a lossy link carries in that time.
 */
function size(random: Random, owed: boolean): number {
  const drawn = random.next();
  if (drawn < 0.9) return randomInt(random, 300);
  return drawn < 0.99 || owed ? randomInt(random, 3_000) : 66_000 + randomInt(random, 60_000);
}

/** Text in which a missing or swapped piece shows. */
function text(random: Random, length: number): string {
  const start = randomInt(random, ALPHABET.length);
  const step = 1 + randomInt(random, ALPHABET.length - 1);
  let result = "";
  for (let i = 0; i < length; i++) result += ALPHABET[(start + i * step) % ALPHABET.length];
  return result;
}
