import { RpcError } from "../errors.ts";
import type { Directory } from "./directory.ts";
import type { ProviderFilterRules } from "./provider-filter.ts";

/** What of the directory tells who serves what. */
export type ProviderList = Pick<Directory, "compatible" | "countKnown" | "matching" | "providers">;

/** A call that finds nobody. */
export interface Unserved {
  readonly service: string;
  readonly version: string;
}

/**
 * The error when there is nobody to call, which says what became of those who are known. Each of
 * them counts for the first thing that speaks against it.
 */
export function noProvider(
  directory: ProviderList,
  { service, version }: Unserved,
  rules: ProviderFilterRules | undefined,
): RpcError {
  const known = directory.countKnown(service);
  if (known === 0) return new RpcError("no-route", `no provider of "${service}" is known`);
  const serving = directory.providers(service);
  if (serving.length === 0) {
    const text = `the allow-lists of all ${known} known providers of "${service}" exclude this node`;
    return new RpcError("denied", text);
  }
  const compatible = directory.compatible(service, version);
  if (compatible.length === 0 && serving.length === known) {
    const offered = [...new Set(serving.map(({ offer }) => offer.version))].join(", ");
    const text = `"${service}" is offered in version ${offered}, the caller needs ${version}`;
    return new RpcError("incompatible", text);
  }
  const { trust, where, scope } = rules ?? {};
  const inScope =
    scope === undefined ? compatible : directory.matching(service, version, { scope });
  const matching =
    where === undefined ? inScope : directory.matching(service, version, { scope, where });
  const trusted =
    trust === undefined ? matching : matching.filter(({ entityId }) => trust(entityId));
  const reasons = [
    [known - serving.length, "whose allow-list excludes this node"],
    [serving.length - compatible.length, `not compatible with version ${version}`],
    [compatible.length - inScope.length, "out of `scope`"],
    [inScope.length - matching.length, "not as `where` asks"],
    [matching.length - trusted.length, "not trusted"],
    [trusted.length, "out of reach"],
  ] as const;
  const parts = reasons.filter(([count]) => count > 0).map(([count, why]) => `${count} ${why}`);
  return new RpcError(
    "no-route",
    `no provider of "${service}" can be called: ${[`${known} known`, ...parts].join(", ")}`,
  );
}
