import type { Metrics } from "../metrics.ts";
import type { Chronicle } from "./chronicle.ts";
import type { Life } from "./life.ts";

/** What was sent by a moment. */
export interface Reading {
  readonly atMs: number;
  readonly bytes: number;
}

/** What all processes together sent and heard. */
export class Meter {
  readonly #now: () => number;
  readonly #chronicle: Chronicle;
  readonly #metrics: Metrics;

  constructor(now: () => number, chronicle: Chronicle, metrics: Metrics) {
    this.#now = now;
    this.#chronicle = chronicle;
    this.#metrics = metrics;
  }

  read(): Reading {
    const sent = this.#chronicle.lives.map(({ mesh }) => mesh.stats().transport.bytesSent);
    return { atMs: this.#now(), bytes: sent.reduce((sum, bytes) => sum + bytes, 0) };
  }

  /** Notes how many bytes per node and minute were sent since a reading. */
  sample(name: string, since: Reading, nodes: number): void {
    const { atMs, bytes } = this.read();
    const minutes = (atMs - since.atMs) / 60_000;
    this.#metrics.sample(name, Math.round((bytes - since.bytes) / minutes / nodes));
  }

  /** Counts what became of announcements, over everybody's whole life. */
  countAnnouncements(): void {
    for (const life of this.#chronicle.lives) this.#countOf(life);
  }

  #countOf({ mesh }: Life): void {
    const { accepted, own, dropped, rateLimited, told, syncs, refused } =
      mesh.stats().announcements;
    const counts = { told, syncs, refused, rateLimited };
    for (const [name, count] of Object.entries(counts)) this.#metrics.count(name, count);
    const received = { accepted, own, ...dropped };
    for (const [fate, count] of Object.entries(received)) {
      if (count > 0) this.#metrics.count(`received.${fate}`, count);
    }
  }
}
