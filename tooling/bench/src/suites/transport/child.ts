import { nobleProvider, nodeProvider, sodiumProvider } from "@selvage/identity";

import { serveRequests } from "../../processes/serve-requests.ts";
import { sealed, type SealedConfig } from "./sealed.ts";

const ours = (config: SealedConfig) => () => Promise.resolve(sealed(config));

serveRequests({
  sodium: ours({ crypto: sodiumProvider }),
  node: ours({ crypto: nodeProvider }),
  noble: ours({ crypto: nobleProvider }),
  lossless: ours({ crypto: sodiumProvider, lossRate: 0 }),
  lossy2: ours({ crypto: sodiumProvider, lossRate: 0.02 }),
  rawUdp: () => import("./raw-udp.ts"),
});
