import { clientServer } from "../../processes/client-server.ts";
import type { RatioRule, Suite } from "../../suite.ts";
import { allLoads as loads, oneAtATime } from "./loads.ts";

const module: URL = new URL("./child.js", import.meta.url);

/** Ours against a peer in one result of the same name. */
function over(peer: string, metric: string, better: RatioRule["better"], name: string): RatioRule {
  return { name, ours: `selvage.${metric}`, theirs: `${peer}.${metric}`, better };
}

/** Unary calls between two processes, beside what one would use instead and what the kernel costs. */
export const nrpcSuite: Suite = {
  name: "nrpc",
  summary: "a unary call that echoes 64 bytes of JSON between two processes over loopback",
  measureMs: 800,
  rounds: 5,
  contestants: [
    clientServer({ name: "selvage", module, loads }),
    clientServer({ name: "moleculer", peer: "Moleculer 0.14, TCP", module, loads }),
    clientServer({ name: "nats", peer: "NATS request/reply", module, loads }),
    clientServer({ name: "grpc", peer: "@grpc/grpc-js, cleartext", module, loads }),
    clientServer({ name: "transport", module, loads }),
    clientServer({
      name: "rawUdp",
      peer: "node:dgram, cleartext",
      module,
      loads: [oneAtATime],
    }),
  ],
  ratios: [
    over("rawUdp", "latency1", "lower", "latencyOverRawUdp1"),
    over("moleculer", "latency1", "lower", "latencyOverMoleculer1"),
    over("moleculer", "throughput64", "higher", "throughputOverMoleculer64"),
    over("moleculer", "throughput256", "higher", "throughputOverMoleculer256"),
    over("nats", "throughput64", "higher", "throughputOverNats64"),
    over("grpc", "throughput64", "higher", "throughputOverGrpc64"),
  ],
};
