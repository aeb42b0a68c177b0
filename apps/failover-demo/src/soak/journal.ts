import type { Mesh } from "@selvage/mesh";
import { defineService, type ServiceContract } from "@selvage/nrpc";
import type { StandardSchemaV1 } from "@standard-schema/spec";

import { serveSummaries } from "../providers/serve-summaries.ts";
import type { Role } from "../roles.ts";

/** Under this name a call's metadata says which one it is. */
export const CALL_ID = "call-id";

/** How many times each call was started, by its id; those that were not are not in it. */
export type Counts = Readonly<Record<string, number>>;

/** What a provider has started. */
export const journalService: ServiceContract<
  StandardSchemaV1<null>,
  StandardSchemaV1<Counts>
> = defineService({
  name: "journal",
  input: schema((value) => value === null),
  output: schema(isCounts),
  idempotent: true,
});

/** Offers summaries, and a journal of which calls were started. */
export function serveJournaled(mesh: Mesh, role: Role): void {
  const counts = new Map<string, number>();
  serveSummaries(mesh, role, ({ metadata }) => {
    const id = metadata.get(CALL_ID);
    if (id !== undefined) counts.set(id, (counts.get(id) ?? 0) + 1);
  });
  mesh.serve(journalService, () => Object.fromEntries(counts));
}

function isCounts(value: unknown): value is Counts {
  return (
    typeof value === "object" &&
    value !== null &&
    Object.values(value).every((count) => typeof count === "number")
  );
}

function schema<T>(matches: (value: unknown) => value is T): StandardSchemaV1<T> {
  return {
    "~standard": {
      version: 1,
      vendor: "failover-demo",
      validate: (value) =>
        matches(value) ? { value } : { issues: [{ message: "not of a journal" }] },
    },
  };
}
