import { alone } from "../../processes/alone.ts";
import type { Contestant, RatioRule, Suite } from "../../suite.ts";

const module: URL = new URL("./child.js", import.meta.url);

const contestant = (name: string): Contestant =>
  alone({ name, module, setUpMs: 30_000, measurements: 25 });

/** How many bare calls would have been made in the time of a delivery. */
const deliverOverProcess = (outputs: string): RatioRule => ({
  name: `deliverOverProcess${outputs}`,
  ours: `outputs${outputs}.process`,
  theirs: `outputs${outputs}.deliver`,
  better: "lower",
});

const stateOverClone = (size: string): RatioRule => ({
  name: `snapshotRestoreOverClone${size}`,
  ours: `state${size}.snapshotRestore`,
  theirs: `state${size}.structuredClone`,
  better: "lower",
});

const hundredOverThree = (strategy: string): RatioRule => ({
  name: `${strategy}100Over3`,
  ours: `members100.${strategy}`,
  theirs: `members3.${strategy}`,
  better: "higher",
});

/** One daemon in one process: what its host adds to what it does itself. */
export const computeSuite: Suite = {
  name: "compute",
  summary: "daemons: deliveries, snapshots and their stores, routing, recovery",
  measureMs: 150,
  rounds: 5,
  contestants: [
    ...["outputs0", "outputs1", "outputs4"].map(contestant),
    ...["state1KiB", "state1MiB", "state32MiB"].map(contestant),
    ...["members3", "members100"].map(contestant),
    contestant("handlers10k"),
  ],
  ratios: [
    ...["0", "1", "4"].map(deliverOverProcess),
    ...["1KiB", "1MiB", "32MiB"].map(stateOverClone),
    ...["roundRobin", "consistentHash"].map(hundredOverThree),
    {
      name: "tryRunAllOverCalls",
      ours: "handlers10k.tryRunAll",
      theirs: "handlers10k.calls",
      better: "lower",
    },
  ],
};
