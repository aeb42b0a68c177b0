import { clientServer } from "../../processes/client-server.ts";
import type { Suite } from "../../suite.ts";
import { oneAtATime, sixtyFourAtATime } from "./loads.ts";

const module: URL = new URL("./child.js", import.meta.url);
const loads = [oneAtATime, sixtyFourAtATime];

/** Unary calls between two processes, beside what one would use instead and what the kernel costs. */
export const nrpcSuite: Suite = {
  name: "nrpc",
  summary: "a unary call that echoes a small JSON object between two processes over loopback",
  measureMs: 1_500,
  contestants: [
    clientServer({ name: "selvage", module, loads }),
    clientServer({ name: "moleculer", peer: "Moleculer 0.14, TCP", module, loads }),
    clientServer({ name: "transport", module, loads }),
    clientServer({
      name: "rawUdp",
      peer: "node:dgram, cleartext",
      module,
      loads: [oneAtATime],
    }),
  ],
  ratios: [
    {
      name: "latencyOverRawUdp1",
      ours: "selvage.latency1",
      theirs: "rawUdp.latency1",
      better: "lower",
    },
    {
      name: "latencyOverMoleculer1",
      ours: "selvage.latency1",
      theirs: "moleculer.latency1",
      better: "lower",
    },
    {
      name: "throughputOverMoleculer64",
      ours: "selvage.throughput64",
      theirs: "moleculer.throughput64",
      better: "higher",
    },
  ],
};
