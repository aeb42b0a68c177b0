import { fromUtf8 } from "@selvage/core";
import { expect, test } from "vitest";

import { decodeSnapshot } from "../../src/snapshot/decode-snapshot.ts";
import { decodeReport, encodeReport } from "../../src/standby/diverged-report.ts";
import { present } from "../present.ts";
import { Rig } from "./rig.ts";

/** A group of two whose active acknowledged events that the other one never saw. */
async function divided(texts: readonly string[], maxLogEvents = 10_000): Promise<Rig> {
  const rig = await Rig.start({ members: 2, nodes: 3, maxLogEvents });
  const { network, client } = rig.cluster;
  await rig.deliver("both");
  await rig.time.advance(100);
  const old = rig.on(1).place;
  // The active is alone with the producers.
  network.separate(rig.node(1).nodeId, 1);
  network.separate(client.nodeId, 1);
  const failed = rig.settle(rig.group.onNodeFailure(rig.node(1).nodeId));
  await failed;
  for (const text of texts) {
    const { term } = rig.group.status;
    await rig.settle(rig.cluster.deliver(client, old, term, rig.event(text), 5_000));
  }
  network.heal();
  await rig.settle(rig.group.onNodeRecovery(rig.node(1).nodeId));
  for (let tick = 0; tick < 8; tick++) {
    rig.group.recoveryHandler()();
    await rig.time.advance(1_000);
  }
  return rig;
}

test("what only the lower term acknowledged comes back with its content", async () => {
  const rig = await divided(["lone", "lone, too"]);
  const [report, ...others] = rig.reports;
  expect(others).toEqual([]);
  const { entries, omittedBefore, from, to } = present(report);
  expect(
    entries.map(({ index, event, acknowledged }) => [index, fromUtf8(event.payload), acknowledged]),
  ).toEqual([
    [2, "lone", "yes"],
    [3, "lone, too", "yes"],
  ]);
  expect([omittedBefore, from.slot, to.number]).toEqual([
    undefined,
    0,
    rig.group.status.term.number,
  ]);
});

test("delivering it again unchanged applies it once", async () => {
  const rig = await divided(["lone"]);
  const { event } = present(rig.reports[0]?.entries[0]);
  await rig.settle(rig.group.deliver(event));
  await rig.settle(rig.group.deliver(event));
  expect(rig.ledger(2)).toEqual(["both", "lone"]);
});

test("what there was no room for is in a snapshot, and the report says so", async () => {
  const texts = Array.from({ length: 12 }, (_, i) => `event ${i}`);
  const rig = await divided(texts, 4);
  const { entries, omittedBefore, snapshot } = present(rig.reports[0]);
  expect(entries.map(({ index }) => index)).toEqual([10, 11, 12, 13]);
  expect(omittedBefore).toBe(10);
  expect(fromUtf8(decodeSnapshot(present(snapshot)).state).split("\n")).toEqual(["both", ...texts]);
});

test("a report survives its encoding", async () => {
  const rig = await divided(["lone"]);
  const report = present(rig.reports[0]);
  expect(decodeReport(encodeReport(report))).toEqual(report);
});

test("reports wait at their node until somebody listens", async () => {
  const rig = await Rig.start({ members: 2, nodes: 3 });
  const report = encodeReport({
    from: rig.on(1).member.id,
    term: rig.group.status.term,
    to: rig.group.status.term,
    entries: [],
    omittedBefore: undefined,
    snapshot: undefined,
  });
  rig.node(1).reports.push({ id: 7, bytes: report });
  await rig.settle(rig.group.maintain());
  expect(rig.reports).toHaveLength(1);
  expect(rig.node(1).reports).toEqual([]);
});
