import { assertNever, checkProperties } from "@selvage/core";

import type { CapabilitySet } from "../capabilities/capability-set.ts";
import { withPrefix } from "../capabilities/sorted-tags.ts";
import { parseScopeTag } from "../tags/reserved/scope.ts";

/** To whom a node wants to be found, as its `scope:` tags say. */
export type CapabilityScope =
  /** To everybody; this goes without saying. */
  | { readonly kind: "global" }
  /** Only within its own subnet, whatever else it says. */
  | { readonly kind: "subnet-local" }
  /** To those who look for one of these; one of the two lists may be empty. */
  | {
      readonly kind: "narrowed";
      readonly tenants: readonly string[];
      readonly regions: readonly string[];
    };

/**
 * For whom somebody looks. All but `sameSubnet` leave out what is for one subnet only; a tenant and
 * a region are found beside what is global.
 *
 * A way to narrow answers, not to keep secrets: announcements reach everybody, and who they are for
 * is what the node itself says.
 */
export type ScopeFilter =
  /** Whoever is not for one subnet only. */
  | { readonly kind: "any" }
  /** Who is neither for a tenant nor for a region. */
  | { readonly kind: "globalOnly" }
  /** Who is in the subnet of this node, this node among them. */
  | { readonly kind: "sameSubnet" }
  | { readonly kind: "tenant"; readonly tenant: string }
  | { readonly kind: "tenants"; readonly tenants: readonly string[] }
  | { readonly kind: "region"; readonly region: string }
  | { readonly kind: "regions"; readonly regions: readonly string[] };

const PREFIX = "scope:";
const GLOBAL: CapabilityScope = Object.freeze({ kind: "global" });
const LOCAL: CapabilityScope = Object.freeze({ kind: "subnet-local" });

/** What a set says about its scope. Tags that name nobody count for nothing. */
export function resolveScope(capabilities: CapabilitySet): CapabilityScope {
  const tenants: string[] = [];
  const regions: string[] = [];
  for (const tag of withPrefix(capabilities.tags, PREFIX)) {
    const scope = parseScopeTag(tag);
    if (scope?.kind === "subnet-local") return LOCAL;
    if (scope?.kind === "tenant") tenants.push(scope.tenant);
    if (scope?.kind === "region") regions.push(scope.region);
  }
  return tenants.length + regions.length === 0 ? GLOBAL : { kind: "narrowed", tenants, regions };
}

/**
 * Prepares a scope filter for many sets.
 *
 * @param isSameSubnet Whether who announced the set is in our subnet.
 * @throws TypeError for an unknown kind, or names that are no texts or empty.
 */
export function compileScope<Candidate extends { readonly capabilities: CapabilitySet }>(
  filter: ScopeFilter,
  isSameSubnet: (candidate: Candidate) => boolean,
): (candidate: Candidate) => boolean {
  const known = PROPERTIES.get(filter.kind);
  if (known === undefined) throw new TypeError(`scope has no kind "${filter.kind}"`);
  checkProperties(`scope "${filter.kind}"`, filter, known);
  switch (filter.kind) {
    case "any":
      return ({ capabilities }) => resolveScope(capabilities).kind !== "subnet-local";
    case "globalOnly":
      return ({ capabilities }) => resolveScope(capabilities).kind === "global";
    case "sameSubnet":
      return isSameSubnet;
    case "tenant":
      return isFor("tenants", names("tenant", [filter.tenant]));
    case "tenants":
      return isFor("tenants", names("tenants", filter.tenants));
    case "region":
      return isFor("regions", names("region", [filter.region]));
    case "regions":
      return isFor("regions", names("regions", filter.regions));
    default:
      return assertNever(filter);
  }
}

/** What may be said beside each kind: anything else would be ignored, and the answer be wider. */
const PROPERTIES: ReadonlyMap<unknown, ReadonlySet<string>> = new Map([
  ["any", new Set(["kind"])],
  ["globalOnly", new Set(["kind"])],
  ["sameSubnet", new Set(["kind"])],
  ["tenant", new Set(["kind", "tenant"])],
  ["tenants", new Set(["kind", "tenants"])],
  ["region", new Set(["kind", "region"])],
  ["regions", new Set(["kind", "regions"])],
]);

function isFor(
  list: "tenants" | "regions",
  wanted: ReadonlySet<string>,
): (candidate: { readonly capabilities: CapabilitySet }) => boolean {
  return ({ capabilities }) => {
    const scope = resolveScope(capabilities);
    if (scope.kind !== "narrowed") return scope.kind === "global";
    return scope[list].some((name) => wanted.has(name));
  };
}

function names(property: string, given: readonly string[]): ReadonlySet<string> {
  if (!Array.isArray(given)) throw new TypeError(`${property} must be a list, got ${typeof given}`);
  for (const name of given) {
    if (typeof name !== "string" || name === "") {
      throw new TypeError(`${property} must be a text that is not empty, got "${String(name)}"`);
    }
  }
  return new Set(given);
}
