import { clientServer } from "../../processes/client-server.ts";
import type { Suite } from "../../suite.ts";

const module: URL = new URL("./child.js", import.meta.url);

/** Unary calls between two processes, beside what one would use instead and what the kernel costs. */
export const nrpcSuite: Suite = {
  name: "nrpc",
  summary: "a unary call that echoes a small JSON object between two processes over loopback",
  contestants: [
    clientServer({ name: "selvage", module, inFlight: [1, 64] }),
    clientServer({ name: "moleculer", peer: "Moleculer 0.14, TCP", module, inFlight: [1, 64] }),
    clientServer({ name: "transport", module, inFlight: [1, 64] }),
    clientServer({ name: "rawUdp", peer: "node:dgram, cleartext", module, inFlight: [1] }),
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
