import type { Clock, Logger } from "@selvage/core";
import type { CryptoProvider } from "@selvage/identity";
import type { Transport } from "@selvage/transport";

import type { Codec } from "../codec.ts";
import type { AnyContract } from "../contract.ts";
import type { CallTracer } from "../observability/call-tracer.ts";
import type { ServiceOffer } from "../service-tags.ts";
import type { CallSlots } from "./call-slots.ts";
import type { CallerRule } from "./caller.ts";
import type { AnyHandler, CallContext } from "./handler.ts";
import type { ReplayStore } from "./replay-store.ts";

/** What a server is made of. */
export interface RpcServerParts {
  readonly transport: Transport;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly codec: Codec;
  /** The largest request and response body, in bytes; at most what the transport's messages carry. */
  readonly maxBodyBytes: number;
  /** Keeps track of the call being served where code runs. Default: nobody does. */
  readonly ambient?: { run<T>(context: CallContext, fn: () => T): T } | undefined;
  /** Makes spans of served calls. Default: nobody does. */
  readonly tracer?: CallTracer | undefined;
  /** Recognises repeated calls by their keys. Default: a `MemoryReplayStore` of this server. */
  readonly replayStore?: ReplayStore | undefined;
  /** Tells whether bodies are the same. Default: the fastest there is. */
  readonly crypto?: CryptoProvider | undefined;
}

/** A served service, as the calls that arrive see it. */
export interface ServedService {
  readonly contract: AnyContract;
  readonly handler: AnyHandler;
  /** Answers who may call; `undefined`: everybody. */
  readonly rule: CallerRule | undefined;
  readonly slots: CallSlots;
  readonly offer: ServiceOffer;
  /** No longer offered, though calls that arrive are still served. */
  withdrawn: boolean;
  /** Calls that arrive are refused. */
  draining: boolean;
  /** Calls that are not answered yet, whether they run or wait. */
  pending: number;
  /** Called when the last pending call of a draining service has ended. */
  onIdle: (() => void) | undefined;
}
