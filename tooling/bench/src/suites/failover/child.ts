import { serveRequests } from "../../processes/serve-requests.ts";

serveRequests({
  selvage: () => import("./selvage.ts"),
  moleculer: () => import("./moleculer.ts"),
  nats: () => import("./nats.ts"),
});
