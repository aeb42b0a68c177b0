import type { Mesh } from "@selvage/mesh";
import { createSimulation, seededEntropy, type Simulation } from "@selvage/testing";

import { Metrics } from "../metrics.ts";
import type { ScenarioRun } from "../scenario.ts";
import { ViolationLog } from "../violations.ts";
import { checkedOnce } from "../world/checked-once.ts";
import { oneOf } from "../world/draw.ts";
import { FaultInjector } from "../world/fault-injector.ts";
import type { PlannedFault } from "../world/faults.ts";
import { Links } from "../world/links.ts";
import { BoundRules } from "./bound-rules.ts";
import { Chronicle } from "./chronicle.ts";
import { planFaults } from "./fault-plan.ts";
import { FilingRules } from "./filing-rules.ts";
import { Goodbyes } from "./goodbyes.ts";
import type { Life } from "./life.ts";
import { LiveQuery } from "./live-query.ts";
import { Member } from "./member.ts";
import { Meter } from "./meter.ts";
import type { Seams } from "./seams.ts";
import { drawSetting, type Setting } from "./setting.ts";
import { Speech } from "./speech.ts";
import { TalkRules } from "./talk-rules.ts";
import { HELD_BACK_MS, LEAK_AFTER_MS, ON_THE_WAY_MS } from "./times.ts";
import { TouchRules } from "./touch-rules.ts";
import { Truth } from "./truth.ts";
import { Viewpoint } from "./viewpoint.ts";
import { SERVICES } from "./words.ts";

/**
 * Everything that a run consists of, put together and not yet begun. Each part is handed the stage
 * itself and takes from it what it declares; none may look at a later one before the run begins.
 */
export class Stage {
  readonly sim: Simulation;
  readonly setting: Setting;
  readonly plan: readonly PlannedFault[];
  readonly log: ViolationLog;
  readonly metrics: Metrics = new Metrics();
  readonly chronicle: Chronicle = new Chronicle();
  readonly links: Links;
  readonly members: ReadonlyMap<string, Member>;
  readonly truth: Truth;
  readonly goodbyes: Goodbyes;
  readonly boundRules: BoundRules;
  readonly touchRules: TouchRules;
  readonly talkRules: TalkRules;
  readonly filingRules: FilingRules;
  readonly meter: Meter;
  readonly speech: Speech;
  readonly injector: FaultInjector<Mesh, Member>;
  readonly now: () => number;
  /** How much longer than its lifetime an announcement may be remembered, in milliseconds. */
  readonly graceMs: number;
  readonly #viewpoints: Map<Life, Viewpoint> = new Map();
  readonly #queries: WeakMap<Life, LiveQuery> = new WeakMap();

  constructor({ seed, crypto, traceLines }: ScenarioRun, seams: Seams) {
    this.sim = createSimulation({ seed, traceLines });
    this.now = () => this.sim.now;
    this.setting = drawSetting(this.sim.random.split("setting"));
    this.plan = planFaults(this.sim.random.split("faults"), this.setting);
    this.graceMs = ON_THE_WAY_MS + Math.max(0, ...this.plan.map(heldBackMs));
    this.log = new ViolationLog(this.now);
    this.links = new Links(this.sim, this.setting.link);
    const common = {
      sim: this.sim,
      crypto: checkedOnce(crypto),
      seams,
      psk: seededEntropy(`${seed}/psk`).bytes(32),
      onBorn: (life: Life) => this.#onBorn(life),
      onCrash: (message: string) => this.log.add("crash", message),
    };
    this.members = new Map(
      this.setting.members.map((member) => [member.name, new Member(common, member)]),
    );
    this.truth = new Truth(this);
    this.goodbyes = new Goodbyes(this);
    this.boundRules = new BoundRules(this.log, this.metrics, this.members.size);
    this.touchRules = new TouchRules(this);
    this.talkRules = new TalkRules(this.now, this.log);
    this.filingRules = new FilingRules(this.log);
    this.meter = new Meter(this.now, this.chronicle, this.metrics);
    this.speech = new Speech(this);
    this.injector = this.#makeInjector();
  }

  /** The viewpoints of all processes that do their work now. */
  get viewpoints(): readonly Viewpoint[] {
    return [...this.#viewpoints.values()].filter(({ life }) => life.member.working === life);
  }

  /** The live queries of all processes that do their work now. */
  get queries(): readonly LiveQuery[] {
    return this.live.map((life) => this.#queries.get(life)).filter((query) => query !== undefined);
  }

  /** All processes that do their work now. */
  get live(): readonly Life[] {
    return this.viewpoints.map(({ life }) => life);
  }

  #onBorn(life: Life): void {
    const viewpoint = new Viewpoint(life, this);
    this.chronicle.begin(life);
    for (const known of this.#viewpoints.keys()) if (known.isOver) this.#viewpoints.delete(known);
    this.#viewpoints.set(life, viewpoint);
    void viewpoint.follow();
    const random = this.sim.random.split(`query ${life.member.name} ${life.member.life}`);
    const query = new LiveQuery(life, oneOf(random, SERVICES));
    this.#queries.set(life, query);
    void query.follow();
  }

  #makeInjector(): FaultInjector<Mesh, Member> {
    return new FaultInjector({
      sim: this.sim,
      links: this.links,
      machines: this.members,
      onChange: () => this.truth.look(),
      onClosing: (member) => {
        const { current } = member;
        const expectHeard = current === undefined ? undefined : this.goodbyes.begin(current);
        return (closed) => {
          expectHeard?.();
          this.sim.after(LEAK_AFTER_MS, () => this.boundRules.checkClosed(member.name, closed));
        };
      },
      onCrash: (message) => this.log.add("crash", message),
    });
  }
}

/** For how long a fault can hold back what nobody counts the age of. */
function heldBackMs({ fault, forMs }: PlannedFault): number {
  if (fault.kind === "partition" || fault.kind === "trouble") return Math.min(forMs, HELD_BACK_MS);
  return STANDSTILLS.has(fault.kind) ? forMs : 0;
}

const STANDSTILLS: ReadonlySet<string> = new Set(["freeze", "suspend", "stall"]);
