import { serveFigures } from "../../processes/alone.ts";
import { indexFigures } from "./figures.ts";

serveFigures({
  entries1k: (ms) => indexFigures(1_000, ms),
  entries10k: (ms) => indexFigures(10_000, ms),
  entries100k: (ms) => indexFigures(100_000, ms),
});
