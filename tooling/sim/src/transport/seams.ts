import type { Clock } from "@selvage/core";
import type { Transport } from "@selvage/transport";

/** Where bugs are planted: around the product, never in it. What is left out changes nothing. */
export interface Seams {
  readonly clock?: ((clock: Clock) => Clock) | undefined;
  readonly transport?: ((transport: Transport) => Transport) | undefined;
}
