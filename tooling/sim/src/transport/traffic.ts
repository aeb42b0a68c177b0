import type { SeededRandom, SimNode, Simulation } from "@selvage/testing";
import { isTransportError, type MessageStream } from "@selvage/transport";

import type { Metrics } from "../metrics.ts";
import type { ViolationLog } from "../violations.ts";
import { chance, gapMs, oneOf } from "../world/draw.ts";
import { type Ledger, SideRecord, type StreamRecord } from "./ledger.ts";
import type { Pacing } from "./pacing.ts";
import { HEADER_BYTES, makeMessage, readMessageId } from "./payload.ts";
import { eitherWay, type Setting } from "./setting.ts";
import { playSide } from "./side.ts";
import type { Station } from "./station.ts";
import type { StreamPlan } from "./stream-plan.ts";
import type { StreamRules } from "./stream-rules.ts";
import { LATE_TRAFFIC_MS, TRAFFIC_FROM_MS } from "./times.ts";
import type { Edge } from "./topology.ts";
import { callPlan, drawTraffic } from "./traffic-kinds.ts";

/** What traffic runs on. */
export interface TrafficParts {
  readonly sim: Simulation;
  readonly setting: Setting;
  readonly stations: ReadonlyMap<string, Station>;
  readonly ledger: Ledger;
  readonly streamRules: StreamRules;
  readonly pacing: Pacing;
  readonly log: ViolationLog;
  readonly metrics: Metrics;
}

/** Opens streams of all kinds at random times, and plays both ends of them. */
export class Traffic {
  readonly #parts: TrafficParts;
  readonly #random: SeededRandom;

  constructor(parts: TrafficParts) {
    this.#parts = parts;
    this.#random = parts.sim.random.split("traffic");
  }

  /** Starts at the time for it, and stops by itself. */
  schedule(): void {
    this.#parts.sim.after(TRAFFIC_FROM_MS, () => this.#step());
  }

  /**
   * Opens a stream and plays the opener's end of it. Resolves, with everything that is known of it
   * by then, when that end is over: with nothing when it could not even be opened.
   */
  async open(from: Station, to: Station, plan: StreamPlan): Promise<StreamRecord | undefined> {
    const { sim, ledger, metrics, log } = this.#parts;
    const { state } = from;
    const peer = from.transport?.peer(to.nodeId);
    if (peer === undefined || state.name !== "serving") return undefined;
    let stream: MessageStream;
    try {
      stream = peer.openStream(plan.protocol, {
        watched: plan.watched,
        reliability: plan.reliability,
      });
    } catch (error) {
      if (isTransportError(error)) metrics.count(`refused.${error.kind}`);
      else log.add("crash", `${from.name} cannot open a stream: ${String(error)}`);
      return undefined;
    }
    const record = ledger.add({
      plan,
      openedAt: sim.now,
      to: to.name,
      isBelated: !from.knows(to) || !to.knows(from),
      opener: new SideRecord("opener", from.name, state.node),
    });
    metrics.count("streams");
    sim.note(`${from.name} opens stream ${record.key} (${plan.kind}) to ${to.name}`);
    this.#sayHello(record, stream);
    await this.#play(record, record.opener, stream, from);
    return record;
  }

  /** A station's handler starts to work on a stream. */
  async handle(station: Station, node: SimNode, stream: MessageStream): Promise<void> {
    const { ledger, streamRules, metrics, log } = this.#parts;
    let hello: Uint8Array | undefined;
    try {
      hello = await stream.receive();
    } catch {
      // It was over before its first word was heard: nobody knows what it was.
      metrics.count("unheard");
      return;
    }
    if (hello === undefined && stream.reliability === "fire-and-forget") {
      // Of all that was said on it, only the end was heard.
      metrics.count("unheard");
      stream.end();
      return;
    }
    const record = hello && ledger.get(readMessageId(hello)?.stream ?? 0);
    if (record === undefined) {
      log.add("wrong-message", `${station.name} got a stream that begins with nothing known`);
      stream.reset(0);
      return;
    }
    const side = new SideRecord("handler", station.name, node);
    record.handler ??= side;
    streamRules.onStarted(record, `${station.name}/${node.incarnation}`);
    streamRules.onTaken(record, side, hello);
    await this.#play(record, side, stream, station);
  }

  #step(): void {
    const { sim, setting } = this.#parts;
    const random = this.#random;
    if (sim.now > setting.healAtMs + LATE_TRAFFIC_MS) return;
    const edge = oneOf(random, setting.edges);
    const [opener, handler] = eitherWay(random, edge);
    const [from, to] = [this.#station(opener), this.#station(handler)];
    for (const plan of this.#draw(edge, from, to)) this.#start(from, to, plan);
    sim.after(chance(random, 0.2) ? 0 : gapMs(random, setting.trafficGapMs), () => this.#step());
  }

  #draw({ isSeparated }: Edge, from: Station, to: Station): readonly StreamPlan[] {
    const { sim, setting } = this.#parts;
    const { streamWindowBytes, maxMessageBytes } = to.setting.limits;
    return drawTraffic({
      random: this.#random,
      windowBytes: streamWindowBytes,
      receiverMaxBytes: maxMessageBytes,
      maxMessageBytes: Math.min(maxMessageBytes, from.setting.limits.maxMessageBytes),
      // Relays are not made for them.
      allowsHuge: setting.allowsHuge && !isSeparated && sim.now < setting.healAtMs,
    });
  }

  #start(from: Station, to: Station, plan: StreamPlan): void {
    if (!from.isWell) return;
    const started = this.#parts.sim.run(from.name, () => this.open(from, to, plan));
    // Killed in the middle of it, most likely; anything else shows elsewhere.
    started.catch(() => {});
  }

  /** The first word says which stream it is. */
  #sayHello(record: StreamRecord, stream: MessageStream): void {
    const { streamRules } = this.#parts;
    const { opener } = record;
    try {
      stream.send(makeMessage({ stream: record.key, side: "opener", index: 0 }, HEADER_BYTES));
      streamRules.onAccepted(record, opener, HEADER_BYTES);
    } catch (error) {
      streamRules.onFailure(record, opener, error);
    }
  }

  async #play(
    record: StreamRecord,
    side: SideRecord,
    stream: MessageStream,
    station: Station,
  ): Promise<void> {
    const { pacing, streamRules } = this.#parts;
    const plan = record.plan[side.name];
    await playSide({
      record,
      side,
      plan,
      stream,
      pacing,
      rules: streamRules,
      callBack: async () => {
        const to = this.#station(record.opener.machine);
        await this.open(
          station,
          to,
          callPlan(this.#random.split(`callback ${record.key}`), "answer"),
        );
      },
    });
  }

  #station(name: string): Station {
    const station = this.#parts.stations.get(name);
    if (station === undefined) throw new RangeError(`there is no station "${name}"`);
    return station;
  }
}
