import type { Mesh } from "@selvage/mesh";
import type { CallContext } from "@selvage/nrpc";

import { PRIORITIES, type Role } from "../roles.ts";
import { summarizeService } from "../summarize/service.ts";
import { summarize } from "../summarize/summarize.ts";

/**
 * Offers the capability at a node, each answer tagged with the provider's role. `onStart` hears of
 * each call before anything is done for it.
 */
export function serveSummaries(
  mesh: Mesh,
  role: Role,
  onStart?: (call: CallContext) => void,
): void {
  mesh.serve(
    summarizeService,
    ({ text, sentences }, call) => {
      onStart?.(call);
      return { provider: role, sentences: summarize(text, sentences) };
    },
    { priority: PRIORITIES[role] },
  );
}
