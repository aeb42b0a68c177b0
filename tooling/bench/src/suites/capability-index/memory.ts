import type { CapabilityIndex } from "@selvage/capability-index";

import { bytesInUse } from "../../measure/memory.ts";
import { announcementOf, createIndex } from "./fleet.ts";

/** What an entry takes in memory, all that is kept of its announcement included. */
export function bytesPerEntry(size: number): number {
  // Code and tables that come with the first entries do not count.
  fill(100);
  const before = bytesInUse();
  const index = fill(size);
  const after = bytesInUse();
  if (index.stats().entries !== size) throw new Error("the index does not hold its entries");
  return (after - before) / size;
}

function fill(size: number): CapabilityIndex {
  const index = createIndex(size);
  for (let n = 0; n < size; n++) index.apply(announcementOf(n, size));
  return index;
}
