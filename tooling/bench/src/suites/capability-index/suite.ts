import { alone } from "../../processes/alone.ts";
import type { Contestant, Suite } from "../../suite.ts";

const module: URL = new URL("./child.js", import.meta.url);

const ofSize = (name: string): Contestant =>
  alone({ name, module, setUpMs: 60_000, measurements: 40 });

/** One index of three sizes: what grows with the mesh, and what must not. */
export const indexSuite: Suite = {
  name: "index",
  summary: "the capability index with 1,000, 10,000 and 100,000 entries",
  measureMs: 150,
  rounds: 5,
  contestants: [ofSize("entries1k"), ofSize("entries10k"), ofSize("entries100k")],
  ratios: [
    {
      name: "selective100kOver1k",
      ours: "entries100k.selective",
      theirs: "entries1k.selective",
      better: "lower",
    },
    {
      name: "insert100kOver1k",
      ours: "entries100k.insert",
      theirs: "entries1k.insert",
      better: "higher",
    },
    {
      name: "findBestOfAllOver1Percent10k",
      ours: "entries10k.findBest",
      theirs: "entries10k.findBestOfAll",
      better: "lower",
    },
  ],
};
