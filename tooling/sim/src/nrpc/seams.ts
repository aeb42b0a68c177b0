import type { Clock } from "@selvage/core";
import type { Mesh } from "@selvage/mesh";
import type { CallEvent, ServeOptions } from "@selvage/nrpc";

/** The part of a mesh through which calls are made. */
export type Caller = Pick<Mesh, "callService" | "callNode">;

/** Where bugs are planted: around the product, never in it. What is left out changes nothing. */
export interface Seams {
  readonly caller?: ((caller: Caller) => Caller) | undefined;
  readonly clock?: ((clock: Clock) => Clock) | undefined;
  readonly serving?: ((options: ServeOptions) => ServeOptions) | undefined;
  /** Whether the end of a call is told. */
  readonly isTold?: ((event: CallEvent) => boolean) | undefined;
}
