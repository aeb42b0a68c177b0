import type { ScenarioRun, SeedResult } from "../scenario.ts";
import { oneOf } from "../world/draw.ts";
import { type Disagreement, findDisagreement, isEmpty, someOf } from "./agreement.ts";
import type { Life } from "./life.ts";
import type { Seams } from "./seams.ts";
import { Stage } from "./stage.ts";
import {
  NEWS_MS,
  CLOSE_LOOK_MS,
  CLOSING_MS,
  CONVERGE_MS,
  LEAK_AFTER_MS,
  LOOK_MS,
  QUIET_MS,
  SLOW_LOOK_MS,
  TROUBLE_FROM_MS,
} from "./times.ts";
import { SERVICES } from "./words.ts";

/** Twenty nodes that say this and that, and one seed's worth of trouble. */
export class DiscoveryRun {
  readonly #stage: Stage;
  readonly #seed: number;

  constructor(run: ScenarioRun, seams: Seams) {
    this.#stage = new Stage(run, seams);
    this.#seed = run.seed;
  }

  /** Tells the whole story. */
  async run(): Promise<SeedResult> {
    const { sim, log, metrics, injector } = this.#stage;
    try {
      await this.#endureTrouble();
      await this.#expectAgreement();
      await this.#expectQuiet();
      await this.#expectNews();
      await this.#expectGoodbye();
      await this.#closeAll();
    } catch (error) {
      log.add("crash", String(error));
    }
    this.#judge();
    return {
      seed: this.#seed,
      virtualMs: sim.now,
      faults: injector.count,
      steps: sim.stats().turns,
      violations: log.all,
      traceHash: sim.traceHash,
      traceTail: sim.traceLines,
      metrics: metrics.data,
    };
  }

  async #endureTrouble(): Promise<void> {
    const { sim, setting, members, meter, speech, injector, plan } = this.#stage;
    for (const member of members.values()) {
      sim.after(member.setting.startsAtMs, () => member.start());
    }
    this.#lookAgain(LOOK_MS, () => this.#look());
    this.#lookAgain(SLOW_LOOK_MS, () => this.#lookSlowly());
    injector.schedule(plan);
    speech.schedule();
    await sim.runFor(TROUBLE_FROM_MS);
    const before = meter.read();
    await sim.runFor(setting.repairAtMs - TROUBLE_FROM_MS + 1);
    meter.sample("bytesPerNodeMinuteInTrouble", before, members.size);
  }

  /** Everything is well from now on: all nodes must come to list the same. */
  async #expectAgreement(): Promise<void> {
    const { sim, metrics } = this.#stage;
    sim.note("everything is repaired");
    const since = sim.now;
    const isSoon = await this.#until(CONVERGE_MS, () => isEmpty(this.#disagreement()));
    if (isSoon) metrics.sample("convergenceMs", sim.now - since);
    else this.#complain(`${CONVERGE_MS} ms after the last repair`);
  }

  /** Nobody says anything new for a while. */
  async #expectQuiet(): Promise<void> {
    const { sim, log, meter, live, setting } = this.#stage;
    const before = meter.read();
    const until = sim.now + QUIET_MS;
    const isSame = await this.#until(QUIET_MS, () => this.#digests().size === 1);
    if (!isSame) log.add("digests-differ", `there are ${someOf([...this.#digests()])}`);
    await sim.runFor(until - sim.now);
    const name = `bytesPerNodeMinuteWhenQuiet${setting.hasShortTtl ? "ShortTtl" : ""}`;
    meter.sample(name, before, live.length);
    this.#complain("when all was quiet");
  }

  /** What somebody says now is soon known to all. */
  async #expectNews(): Promise<void> {
    const { sim, metrics, live } = this.#stage;
    const random = sim.random.split("news");
    for (const service of [undefined, oneOf(random, SERVICES)]) {
      const { member } = oneOf(random, live);
      const since = sim.now;
      if (service === undefined) member.say();
      else member.toggle(service);
      await sim.runFor(1);
      const isSoon = await this.#until(NEWS_MS, () => isEmpty(this.#disagreement()));
      if (isSoon) metrics.sample("newsMs", sim.now - since);
      else this.#complain(`${NEWS_MS} ms after ${member.name} said something`);
    }
  }

  /** Who leaves now is soon listed by nobody. */
  async #expectGoodbye(): Promise<void> {
    const { sim, log, metrics, live, boundRules } = this.#stage;
    const life = oneOf(sim.random.split("goodbye"), live);
    const since = sim.now;
    const closing = life.member.close();
    const isListed = (): boolean =>
      findDisagreement(this.#stage.viewpoints, [], [life]).superfluous.length > 0;
    if (await this.#until(NEWS_MS, () => !isListed())) {
      metrics.sample("goodbyeMs", sim.now - since);
    } else {
      log.add("goodbye-lost", `${NEWS_MS} ms after ${life.member.name} left, it is still listed`);
    }
    const closed = await sim.settle(closing, CLOSING_MS);
    await sim.runFor(LEAK_AFTER_MS);
    if (closed !== undefined) boundRules.checkClosed(life.member.name, closed);
  }

  async #closeAll(): Promise<void> {
    const { sim, boundRules } = this.#stage;
    const members = [...this.#stage.members.values()];
    const closed = await sim.settle(
      Promise.all(members.map((member) => member.close())),
      CLOSING_MS,
    );
    await sim.runFor(LEAK_AFTER_MS);
    members.forEach((member, i) => {
      const left = closed[i];
      if (left !== undefined) boundRules.checkClosed(member.name, left);
    });
  }

  /** Lets time pass until something holds that is looked at often; false if it does not. */
  async #until(limitMs: number, holds: () => boolean): Promise<boolean> {
    const { sim } = this.#stage;
    const until = sim.now + limitMs;
    for (;;) {
      this.#look();
      if (holds()) return true;
      if (sim.now >= until) return false;
      await sim.runFor(CLOSE_LOOK_MS);
    }
  }

  #lookAgain(everyMs: number, look: () => void): void {
    this.#stage.sim.after(everyMs, () => {
      look();
      this.#lookAgain(everyMs, look);
    });
  }

  #look(): void {
    this.#stage.truth.look();
    for (const viewpoint of this.#stage.viewpoints) viewpoint.look();
  }

  #lookSlowly(): void {
    const { viewpoints, queries, touchRules, boundRules, talkRules, filingRules } = this.#stage;
    for (const viewpoint of viewpoints) {
      touchRules.look(viewpoint);
      boundRules.look(viewpoint.life);
      talkRules.look(viewpoint.life);
    }
    for (const query of queries) filingRules.look(query);
  }

  #disagreement(): Disagreement {
    const { viewpoints, live, chronicle } = this.#stage;
    return findDisagreement(viewpoints, live, chronicle.lives.filter(isKnownToBeOver));
  }

  #complain(when: string): void {
    const { log } = this.#stage;
    const { missing, hidden, superfluous } = this.#disagreement();
    if (missing.length > 0) log.add("disagreement", `${when}, ${someOf(missing)}`);
    if (hidden.length > 0) log.add("stays-hidden", `${when}, ${someOf(hidden)}`);
    if (superfluous.length > 0) log.add("goodbye-lost", `${when}, ${someOf(superfluous)}`);
  }

  #digests(): ReadonlySet<string> {
    return new Set(this.#stage.live.map(({ mesh }) => mesh.stats().tableDigest));
  }

  #judge(): void {
    const { chronicle, meter, metrics } = this.#stage;
    meter.countAnnouncements();
    metrics.count("lives", chronicle.lives.length);
  }
}

/** Its goodbye was heard by somebody who is still there. */
const isKnownToBeOver = (life: Life): boolean => life.heardBy.some((hearer) => !hearer.isOver);
