import type { Clock, Logger } from "@selvage/core";
import type { Transport } from "@selvage/transport";

import type { Codec } from "../codec.ts";
import type { ServiceContract } from "../contract.ts";
import type { ServiceOffer } from "../service-tags.ts";
import type { Handler, ServeOptions } from "./handler.ts";

/** What a server is made of. */
export interface RpcServerParts {
  readonly transport: Transport;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly codec: Codec;
  /** The largest response body, in bytes. */
  readonly maxBodyBytes: number;
}

/** A served service, as the calls that arrive see it. */
export interface ServedService {
  readonly contract: ServiceContract;
  readonly handler: Handler<ServiceContract>;
  readonly allow: ServeOptions["allow"];
  readonly maxInFlight: number;
  readonly offer: ServiceOffer;
  /** No longer offered, though calls that arrive are still served. */
  withdrawn: boolean;
  /** Calls that arrive are refused. */
  draining: boolean;
  inFlight: number;
  /** Called when the last running call of a draining service has ended. */
  onIdle: (() => void) | undefined;
}
