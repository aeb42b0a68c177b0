import type { Life } from "./life.ts";
import type { Viewpoint } from "./viewpoint.ts";
import { keyOf } from "./words.ts";

/** What some nodes should list, and do not, or should not, and do; each in a few words. */
export interface Disagreement {
  readonly missing: readonly string[];
  readonly hidden: readonly string[];
  readonly superfluous: readonly string[];
}

/** Compares what live nodes list with what they say now. */
export function findDisagreement(
  viewpoints: Iterable<Viewpoint>,
  live: readonly Life[],
  over: readonly Life[],
): Disagreement {
  const missing: string[] = [];
  const hidden: string[] = [];
  const superfluous: string[] = [];
  for (const viewpoint of viewpoints) {
    const { name } = viewpoint.life.member;
    const listed = new Map(viewpoint.list.map((entry) => [entry.bootId, entry]));
    for (const life of live) {
      const entry = listed.get(life.bootId ?? "");
      if (viewpoint.isHidden(life.member.nodeId)) {
        hidden.push(`${name} hides ${life.member.name}`);
      } else if (entry === undefined) {
        missing.push(`${name} does not list ${life.member.name}`);
      } else if (keyOf(entry.capabilities) !== life.latest) {
        missing.push(`${name} does not know what ${life.member.name} says now`);
      }
    }
    for (const life of over) {
      if (listed.has(life.bootId ?? ""))
        superfluous.push(`${name} still lists ${life.member.name}`);
    }
  }
  return { missing, hidden, superfluous };
}

/** Whether all is as it should be. */
export const isEmpty = (disagreement: Disagreement): boolean =>
  Object.values(disagreement).every((texts: readonly string[]) => texts.length === 0);

/** The first few of many. */
export const someOf = (texts: readonly string[]): string =>
  texts.length <= 3
    ? texts.join("; ")
    : `${texts.slice(0, 3).join("; ")} and ${texts.length - 3} more`;
