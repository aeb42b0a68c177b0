import { type Random, randomBetween, randomInt } from "@selvage/core";
import type { Simulation } from "@selvage/testing";

import { chance, drawWeighted, gapMs, oneOf } from "../world/draw.ts";
import type { Member } from "./member.ts";
import type { Setting } from "./setting.ts";
import { TROUBLE_FROM_MS } from "./times.ts";
import { SERVICES } from "./words.ts";

/** What speech is drawn from, and who speaks. */
export interface SpeechParts {
  readonly sim: Simulation;
  readonly setting: Setting;
  readonly members: ReadonlyMap<string, Member>;
}

/** Somebody says something else, at random times, until everything is repaired. */
export class Speech {
  readonly #parts: SpeechParts;
  readonly #random: Random;
  readonly #members: readonly Member[];

  constructor(parts: SpeechParts) {
    this.#parts = parts;
    this.#random = parts.sim.random.split("speech");
    this.#members = [...parts.members.values()];
  }

  schedule(): void {
    this.#parts.sim.after(TROUBLE_FROM_MS, () => this.#step());
  }

  #step(): void {
    const { sim, setting } = this.#parts;
    if (sim.now >= setting.repairAtMs) return;
    drawWeighted(this.#random, this.#acts).act(oneOf(this.#random, this.#members));
    sim.after(gapMs(this.#random, setting.sayGapMs), () => this.#step());
  }

  readonly #acts: readonly { readonly weight: number; readonly act: (member: Member) => void }[] = [
    { weight: 8, act: (member) => member.say() },
    { weight: 6, act: (member) => member.toggle(oneOf(this.#random, SERVICES)) },
    { weight: 1, act: (member) => this.#babble(member) },
    { weight: 1, act: (member) => this.#flicker(member) },
  ];

  /** Announces one set after the other. */
  #babble(member: Member): void {
    const count = 15 + randomInt(this.#random, 15);
    const overMs = randomBetween(this.#random, 100, 3_000);
    for (let i = 0; i < count; i++) this.#later((i * overMs) / count, () => member.say());
  }

  /** Serves a service for a moment, or not for a moment. */
  #flicker(member: Member): void {
    const service = oneOf(this.#random, SERVICES);
    member.toggle(service);
    const gap = chance(this.#random, 0.5) ? 5 : randomBetween(this.#random, 20, 400);
    this.#later(gap, () => member.toggle(service));
  }

  /** Nobody speaks any more once everything is repaired. */
  #later(ms: number, act: () => void): void {
    const { sim, setting } = this.#parts;
    sim.after(ms, () => {
      if (sim.now < setting.repairAtMs) act();
    });
  }
}
