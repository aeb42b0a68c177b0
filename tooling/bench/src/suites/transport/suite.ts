import { clientServer } from "../../processes/client-server.ts";
import type { Suite } from "../../suite.ts";
import { bulk, messages, requests, roundTrips } from "./loads.ts";

const module: URL = new URL("./child.js", import.meta.url);

/** Encrypted streams between two processes: beside bare datagrams, by cipher, and under loss. */
export const transportSuite: Suite = {
  name: "transport",
  summary: "encrypted streams between two processes over loopback, beside bare datagrams",
  measureMs: 400,
  rounds: 5,
  contestants: [
    clientServer({ name: "sodium", module, loads: [roundTrips, requests, messages, bulk] }),
    clientServer({
      name: "rawUdp",
      peer: "node:dgram, cleartext",
      module,
      loads: [roundTrips, messages],
    }),
    clientServer({ name: "node", module, loads: [roundTrips, messages, bulk] }),
    clientServer({ name: "noble", module, loads: [roundTrips, messages, bulk] }),
    clientServer({ name: "lossless", module, loads: [bulk] }),
    clientServer({ name: "lossy2", module, loads: [bulk] }),
  ],
  ratios: [
    {
      name: "roundTripOverRaw",
      ours: "sodium.roundTrip",
      theirs: "rawUdp.roundTrip",
      better: "lower",
    },
    {
      name: "messagesOverRawDatagrams",
      ours: "sodium.messages",
      theirs: "rawUdp.messages",
      better: "higher",
    },
    {
      name: "bulkLossy2OverLossless",
      ours: "lossy2.bulk",
      theirs: "lossless.bulk",
      better: "higher",
    },
  ],
};
