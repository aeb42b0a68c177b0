import { compareBytes, type NodeId } from "@selvage/core";

import { type Announcement, VERSION_MEMORY_MS } from "../../src/index.ts";

/** The index, said as plainly as possible: a list that every question walks. */
export class NaiveIndex {
  readonly known = new Map<
    NodeId,
    { announcement: Announcement; signedAt: number; arrivedAt: number }
  >();
  readonly hidden = new Map<NodeId, { bootId: string | undefined; since: number }>();

  apply(news: Announcement, now: number): void {
    const held = this.known.get(news.nodeId);
    const known = held?.announcement;
    const isNewer =
      known === undefined ||
      news.version > known.version ||
      (news.version === known.version && compareBytes(news.body, known.body) > 0);
    const isCopy =
      news.version === known?.version && compareBytes(news.body, known.body) === 0 && !isNewer;
    if (news.ageMs >= life(news) || !(isNewer || isCopy)) return;
    let signedAt = now - news.ageMs;
    if (isCopy && held !== undefined) {
      signedAt = Math.min(signedAt, held.arrivedAt);
      const isYounger = signedAt - held.signedAt >= life(news) / 4;
      if (!isYounger || signedAt + life(news) <= now) return;
    }
    const arrivedAt = isCopy ? (held?.arrivedAt ?? now) : now;
    this.known.set(news.nodeId, { announcement: news, signedAt, arrivedAt });
    const hiding = this.hidden.get(news.nodeId);
    if (hiding === undefined) return;
    if (!news.tombstone) hiding.bootId ??= news.bootId;
    if (news.tombstone || hiding.bootId !== news.bootId) this.hidden.delete(news.nodeId);
  }

  hide(id: NodeId, now: number, processOf: string | undefined): void {
    if (!this.hidden.has(id)) this.hidden.set(id, { bootId: processOf, since: now });
  }

  gc(now: number): void {
    for (const [id, { signedAt }] of this.known) {
      if (now - signedAt >= VERSION_MEMORY_MS) this.known.delete(id);
    }
    for (const [id, { since }] of this.hidden) {
      if (now - since >= VERSION_MEMORY_MS && !this.known.has(id)) this.hidden.delete(id);
    }
  }

  told(now: number): Announcement[] {
    return [...this.known.values()]
      .filter((known) => now - known.signedAt < life(known.announcement))
      .map((known) => known.announcement);
  }

  find(tags: readonly string[], now: number): Announcement[] {
    return this.findBy(({ capabilities }) => tags.every((tag) => capabilities.has(tag)), now);
  }

  findBy(holds: (announcement: Announcement) => boolean, now: number): Announcement[] {
    return this.told(now)
      .filter((told) => !told.tombstone && !this.hidden.has(told.nodeId))
      .filter(holds)
      .toSorted((a, b) => (a.nodeId < b.nodeId ? -1 : 1));
  }
}

function life({ tombstone, ttlSeconds }: Announcement): number {
  return tombstone ? VERSION_MEMORY_MS : ttlSeconds * 1000;
}
