import type { Clock } from "@selvage/core";
import { Identity } from "@selvage/identity";
import type { Mesh } from "@selvage/mesh";
import type { CallOptions } from "@selvage/nrpc";

import { CallTally } from "../call-tally.ts";
import type { Provider, ProviderHost, ProviderSpec } from "../providers/provider.ts";
import { roundMs } from "../report.ts";
import type { Role } from "../roles.ts";
import { callersInLoop } from "../steady-calls.ts";
import { type CallResult, SummarizeCaller } from "../summarize-caller.ts";
import { summarizeService } from "../summarize/service.ts";
import { waitUntil } from "../wait-until.ts";
import { findViolations, type LoggedCall, type Outage, sortIntoPhases } from "./call-log.ts";
import { doomedCalls } from "./doomed-calls.ts";
import { CALL_ID, type Counts, journalService } from "./journal.ts";
import { isOut } from "./process-state.ts";
import type { SoakFault } from "./soak-options.ts";
import { percentile, type Repetition } from "./soak-report.ts";

/** Little work: the time of a call is to be that of the mesh. */
const TEXT = "Warp and weft. Loom and shuttle. Cloth and edge. And so on.";
/** How long the caller may take to discover both providers, in milliseconds. */
const DISCOVERY_MS = 20_000;
/** How long a signal may take to show, in milliseconds. */
const SIGNAL_MS = 5_000;
/** How long calls go on at most until a primary that is back is used again, in milliseconds. */
const RETURN_MS = 15_000;

/** What a repetition is made with. */
export interface RepetitionParts {
  readonly clock: Clock;
  readonly caller: Mesh;
  /** Its providers are processes, and serve a journal besides. */
  readonly host: ProviderHost;
  /** The pre-shared key of the caller's mesh. */
  readonly psk: Uint8Array;
  readonly loopDelay: { start(): void; stop(): number };
}

/** Which repetition. */
export interface RepetitionConfig {
  readonly fault: SoakFault;
  readonly durationMs: number;
}

/**
 * Two providers under the load of four callers. After a third of the time the primary, which
 * answers all of them, is killed or stopped; after two thirds it is started again or continued.
 * Meanwhile a stopped one gets calls that pass their deadline or are cancelled: these, and those
 * that the other has answered, must not be started once it goes on.
 */
export class RepetitionRun {
  readonly #parts: RepetitionParts;
  readonly #config: RepetitionConfig;
  readonly #calls: SummarizeCaller;
  readonly #log: LoggedCall[] = [];
  readonly #tally = new CallTally();
  #lastId = 0;
  /** When the primary was continued or started again. */
  #backAt = Number.POSITIVE_INFINITY;
  /** When it first answered a call from after that. */
  #returnedAt: number | undefined;

  constructor(parts: RepetitionParts, config: RepetitionConfig) {
    this.#parts = parts;
    this.#config = config;
    this.#calls = new SummarizeCaller(parts.caller, parts.clock, TEXT, "retry");
  }

  /**
   * Runs it.
   *
   * @throws Error when the providers do not start, are not found or do not heed a signal.
   */
  async run(): Promise<Repetition> {
    const { host, loopDelay, caller } = this.#parts;
    const spec = this.#specOf("primary");
    const [primary, standby] = await Promise.all([
      host.start(spec),
      host.start(this.#specOf("standby")),
    ]);
    await this.#discoverBoth();

    loopDelay.start();
    const counting = caller.onCall((event) => this.#tally.addEvent(event));
    const [outage] = await Promise.all([this.#strike(primary, spec), this.#steadyLoad()]);
    counting[Symbol.dispose]();
    const loopDelayMs = loopDelay.stop();
    const journals = {
      primary: await this.#journalOf(primary),
      standby: await this.#journalOf(standby),
    };
    return this.#report(outage, journals, loopDelayMs);
  }

  #specOf(role: Role): ProviderSpec {
    const { psk, caller } = this.#parts;
    return { role, psk, identity: Identity.generate(), peers: [caller.address] };
  }

  async #discoverBoth(): Promise<void> {
    const { caller, clock } = this.#parts;
    await waitUntil(
      clock,
      "sight of both providers",
      DISCOVERY_MS,
      () => caller.findProviders(summarizeService.name).length === 2,
    );
  }

  /** Calls until the time is over and the primary is used again, if it ever is. */
  async #steadyLoad(): Promise<void> {
    const { clock } = this.#parts;
    const end = clock.now() + this.#config.durationMs;
    await callersInLoop({
      clock,
      isOver: () => {
        const now = clock.now();
        return now >= end && (this.#returnedAt !== undefined || now >= this.#backAt + RETURN_MS);
      },
      call: async () => {
        const result = await this.#logged(false, (options) => this.#calls.byName(options));
        this.#tally.add(result);
        if (result.answeredBy === "primary" && result.startedAt >= this.#backAt) {
          this.#returnedAt ??= result.endedAt;
        }
      },
    });
  }

  async #strike(primary: Provider, spec: ProviderSpec): Promise<Outage> {
    const { clock, host } = this.#parts;
    const { fault, durationMs } = this.#config;
    await clock.sleep(durationMs / 3);
    const struckAt = clock.now();
    this.#tally.markFault(struckAt);
    if (fault === "kill") primary.kill();
    else primary.freeze();
    await waitUntil(clock, `end of the primary by ${fault}`, SIGNAL_MS, () => isOut(primary.pid));
    const from = clock.now();

    const until = struckAt + durationMs / 3;
    if (fault === "freeze") {
      await doomedCalls(clock, until, (doom) =>
        this.#logged(true, (id) => this.#calls.byNode(primary.nodeId, { ...id, ...doom })),
      );
    }
    await clock.sleep(Math.max(0, until - clock.now()));
    const to = clock.now();
    this.#backAt = to;
    if (fault === "freeze") primary.thaw();
    else await host.start(spec);
    return { struckAt, from, to, isLost: fault === "kill" };
  }

  /** Makes a call under an id of its own. */
  async #logged(
    isDoomed: boolean,
    call: (options: CallOptions) => Promise<CallResult>,
  ): Promise<CallResult> {
    const id = String(++this.#lastId);
    const result = await call({ metadata: { [CALL_ID]: id } });
    this.#log.push({ ...result, id, isDoomed });
    return result;
  }

  #journalOf({ nodeId }: Provider): Promise<Counts> {
    return this.#parts.caller.callNode(nodeId, journalService, null);
  }

  #report(
    outage: Outage,
    journals: Readonly<Record<Role, Counts>>,
    loopDelayMs: number,
  ): Repetition {
    const { calls, errors, retries, moves, worstCallMs, failoverMs } = this.#tally;
    const steady = this.#log.filter(({ isDoomed }) => !isDoomed);
    const times = steady.map(({ startedAt, endedAt }) => endedAt - startedAt);
    return {
      fault: this.#config.fault,
      calls,
      errors,
      failures: steady.flatMap((call) => failureOf(call, outage)),
      retries,
      moves,
      worstCallMs: roundMs(worstCallMs),
      medianCallMs: roundMs(percentile(times, 0.5)),
      p99CallMs: roundMs(percentile(times, 0.99)),
      failoverMs: failoverMs === undefined ? null : roundMs(failoverMs),
      returnMs: this.#returnedAt === undefined ? null : roundMs(this.#returnedAt - outage.to),
      loopDelayMs: roundMs(loopDelayMs),
      answeredBy: sortIntoPhases(steady, outage),
      doomedCalls: this.#log.length - steady.length,
      violations: findViolations(this.#log, outage, journals),
    };
  }
}

function failureOf({ failure, startedAt, endedAt }: LoggedCall, { struckAt }: Outage): string[] {
  if (failure === undefined) return [];
  const [began, took] = [startedAt - struckAt, endedAt - startedAt].map(Math.round);
  return [`${failure} after ${took} ms, begun ${began} ms after the fault`];
}
