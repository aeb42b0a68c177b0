/**
 * The UDP driver of `@selvage/transport`.
 *
 * @packageDocumentation
 */
export {
  createUdpDriver,
  DEFAULT_SOCKET_BUFFER_BYTES,
  type UdpDriverConfig,
} from "./udp-driver.ts";
export { formatAddress, parseAddress, type HostPort } from "./addresses.ts";
