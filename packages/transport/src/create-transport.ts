import { Endpoint } from "./endpoint.ts";
import type { Transport, TransportConfig, TransportParts } from "./transport.ts";

/**
 * Binds a transport to a driver.
 *
 * @throws TypeError or RangeError for a bad key or limit.
 */
export function createTransport(parts: TransportParts, config: TransportConfig): Transport {
  return new Endpoint(parts, config);
}
