import type { Mesh } from "@selvage/mesh";

import { PRIORITIES, type Role } from "../roles.ts";
import { summarizeService } from "../summarize/service.ts";
import { summarize } from "../summarize/summarize.ts";

/** Offers the capability at a node, each answer tagged with the provider's role. */
export function serveSummaries(mesh: Mesh, role: Role): void {
  mesh.serve(
    summarizeService,
    ({ text, sentences }) => ({ provider: role, sentences: summarize(text, sentences) }),
    { priority: PRIORITIES[role] },
  );
}
