import type { CapabilityEntry } from "@selvage/capability-index";
import { serviceTag } from "@selvage/nrpc";

import type { ViolationLog } from "../violations.ts";
import type { LiveQuery } from "./live-query.ts";
import { SERVICES } from "./words.ts";

/** Who is listed is found by what it serves, and told to who asked to be told. */
export class FilingRules {
  readonly #log: ViolationLog;
  /** By query, how it differed from the list at the last look. */
  readonly #differed: WeakMap<LiveQuery, string> = new WeakMap();

  constructor(log: ViolationLog) {
    this.#log = log;
  }

  /** Looks at what one process finds. */
  look(query: LiveQuery): void {
    const { mesh, member } = query.life;
    const list = mesh.findNodes();
    for (const service of SERVICES) {
      const listed = namesOf(serving(list, service));
      const found = namesOf(mesh.findProviders(service));
      if (listed === found) continue;
      const what = `by ${service} finds ${found}, and lists ${listed}`;
      this.#log.add("misfiled", `${member.name} ${what}`);
    }
    this.#checkTold(query, list);
  }

  /** What expires may be told a moment later; what was not told by the next look is not told. */
  #checkTold(query: LiveQuery, list: readonly CapabilityEntry[]): void {
    const { life, service, told } = query;
    const listed = serving(list, service).map(({ nodeId, version }) => `${nodeId} ${version}`);
    const known = Array.from(told, ([nodeId, version]) => `${nodeId} ${version}`);
    const untold = listed.filter((text) => !known.includes(text)).map((text) => `not of ${text}`);
    const unlisted = known.filter((text) => !listed.includes(text)).map((text) => `of ${text}`);
    const difference = [...untold, ...unlisted].join(", ");
    if (difference !== "" && difference === this.#differed.get(query)) {
      this.#log.add("misfiled", `${life.member.name} was told by ${service} ${difference}`);
    }
    this.#differed.set(query, difference);
  }
}

const serving = (list: readonly CapabilityEntry[], service: string): readonly CapabilityEntry[] =>
  list.filter(({ capabilities }) => capabilities.has(serviceTag(service)));

const namesOf = (entries: readonly CapabilityEntry[]): string =>
  entries.map(({ nodeId }) => nodeId.slice(0, 6)).join(" ") || "nobody";
