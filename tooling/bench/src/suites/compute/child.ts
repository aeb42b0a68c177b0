import { serveFigures } from "../../processes/alone.ts";
import { deliverFigures } from "./deliver.ts";
import { recoveryFigures } from "./recovery.ts";
import { routingFigures } from "./routing.ts";
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
  members3: (ms) => routingFigures(3, ms),
  members100: (ms) => routingFigures(100, ms),
  handlers10k: (ms) => recoveryFigures(10_000, ms),
});
