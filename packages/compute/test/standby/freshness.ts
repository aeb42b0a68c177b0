import { present } from "../present.ts";
import { Rig } from "./rig.ts";

/**
 * The second member got more events than anybody acknowledged, and was away while the group went on
 * with fewer. Gives what the member applied that is promoted when both are there.
 */
export async function strangerReturns(): Promise<readonly string[]> {
  const rig = await Rig.start({ minInSync: 1 });
  const { network } = rig.cluster;
  const [first, second, third] = [rig.node(1), rig.node(2), rig.node(3)];
  await rig.deliver("one");
  network.separate(third.nodeId, 1);
  // The second stores these. As the third does not, nobody is told that they count.
  for (const text of ["lost", "lost, too"]) rig.group.deliver(rig.event(text)).catch(() => {});
  await rig.time.advance(100);
  network.separate(second.nodeId, 2);
  network.separate(third.nodeId, 0);
  first.kill();
  await rig.settle(rig.group.onNodeFailure(first.nodeId));
  await rig.time.advance(2_000);
  await rig.deliver("two");
  third.kill();
  network.heal();
  const slot = await rig.settle(rig.group.onNodeFailure(third.nodeId));
  const { place } = present(rig.group.status.slots.find((other) => other.slot === slot));
  return rig.cluster.node(place.nodeId).find(place).ledger.entries;
}
