import type { Clock, Logger } from "@selvage/core";
import type { Transport } from "@selvage/transport";

import type { Codec } from "../codec.ts";
import type { AnyContract } from "../contract.ts";
import type { CallTracer } from "../observability/call-tracer.ts";
import type { ServiceOffer } from "../service-tags.ts";
import type { AnyHandler, CallContext, ServeOptions } from "./handler.ts";

/** What a server is made of. */
export interface RpcServerParts {
  readonly transport: Transport;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly codec: Codec;
  /** The largest response body, in bytes. */
  readonly maxBodyBytes: number;
  /** Keeps track of the call being served where code runs. Default: nobody does. */
  readonly ambient?: { run<T>(context: CallContext, fn: () => T): T } | undefined;
  /** Makes spans of served calls. Default: nobody does. */
  readonly tracer?: CallTracer | undefined;
}

/** A served service, as the calls that arrive see it. */
export interface ServedService {
  readonly contract: AnyContract;
  readonly handler: AnyHandler;
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
