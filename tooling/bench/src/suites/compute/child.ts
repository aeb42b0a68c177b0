import { serveFigures } from "../../processes/alone.ts";
import { deliverFigures } from "./deliver.ts";
import { recoveryFigures } from "./recovery.ts";
import { stateFigures } from "./states.ts";

const KIB = 1_024;
const MIB = 1_024 * KIB;

serveFigures({
  outputs0: (ms) => deliverFigures(0, ms),
  outputs1: (ms) => deliverFigures(1, ms),
  outputs4: (ms) => deliverFigures(4, ms),
  state1KiB: (ms) => stateFigures(KIB, ms),
  state1MiB: (ms) => stateFigures(MIB, ms),
  state32MiB: (ms) => stateFigures(32 * MIB, ms),
  handlers10k: (ms) => recoveryFigures(10_000, ms),
});
