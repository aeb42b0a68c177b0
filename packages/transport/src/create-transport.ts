import { TransportNode } from "./transport-node.ts";
import type { Transport, TransportConfig, TransportParts } from "./transport.ts";

/**
 * Binds a transport to a driver.
 *
 * @throws TypeError or RangeError for a bad key or limit.
 */
export function createTransport(parts: TransportParts, config: TransportConfig): Transport {
  return new TransportNode(parts, config);
}
