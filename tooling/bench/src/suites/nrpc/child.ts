import { serveRequests } from "../../processes/serve-requests.ts";

serveRequests({
  selvage: () => import("./selvage.ts"),
  moleculer: () => import("./moleculer.ts"),
  nats: () => import("./nats.ts"),
  grpc: () => import("./grpc.ts"),
  transport: () => import("./transport.ts"),
  rawUdp: () => import("./raw-udp.ts"),
});
