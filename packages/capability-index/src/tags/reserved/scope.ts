import { assertNever } from "@selvage/core";

import { bodyOf } from "./body.ts";

const PREFIX = "scope:";
const TENANT = "tenant:";
const REGION = "region:";

/**
 * For whom a node's capabilities are: a narrowing of queries, not of access. What has no such tag is
 * for everyone.
 */
export type ScopeTag =
  /** For everyone; says nothing that no tag would not say. */
  | { readonly kind: "global" }
  /** For nodes of the same subnet only; wins over all others. */
  | { readonly kind: "subnet-local" }
  | { readonly kind: "tenant"; readonly tenant: string }
  | { readonly kind: "region"; readonly region: string };

/** Reads a `scope:` tag; `undefined` for other tags, unknown scopes and empty names. */
export function parseScopeTag(tag: string): ScopeTag | undefined {
  const body = bodyOf(tag, PREFIX);
  if (body === undefined) return undefined;
  if (body === "global" || body === "subnet-local") return { kind: body };
  const tenant = bodyOf(body, TENANT);
  if (tenant !== undefined) return tenant === "" ? undefined : { kind: "tenant", tenant };
  const region = bodyOf(body, REGION);
  return region === undefined || region === "" ? undefined : { kind: "region", region };
}

/**
 * Writes a `scope:` tag.
 *
 * @throws RangeError for an empty name.
 */
export function formatScopeTag(scope: ScopeTag): string {
  switch (scope.kind) {
    case "global":
    case "subnet-local":
      return PREFIX + scope.kind;
    case "tenant":
      return PREFIX + TENANT + named("tenant", scope.tenant);
    case "region":
      return PREFIX + REGION + named("region", scope.region);
    default:
      return assertNever(scope);
  }
}

function named(what: string, name: string): string {
  if (name === "") throw new RangeError(`${what} must not be empty`);
  return name;
}
