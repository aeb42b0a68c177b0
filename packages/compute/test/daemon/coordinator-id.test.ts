import { expect, test } from "vitest";

import { coordinatorIdOf } from "../../src/daemon/coordinator-id.ts";
import { compareTerms } from "../../src/daemon/term.ts";
import { identityOf } from "../identities.ts";

test("a coordinator that starts anew gives out terms of its own", () => {
  const [node, other] = [identityOf(1).nodeId, identityOf(2).nodeId];
  const ids = [coordinatorIdOf(node, "1"), coordinatorIdOf(node, "2"), coordinatorIdOf(other, "1")];
  expect(new Set(ids).size).toBe(3);
  expect(coordinatorIdOf(node, "1")).toBe(ids[0]);
  const [before, after] = ids.slice(0, 2).map((coordinator) => ({ number: 1, coordinator }));
  if (before === undefined || after === undefined) throw new Error("two runs");
  expect(compareTerms(before, after)).not.toBe(0);
});
