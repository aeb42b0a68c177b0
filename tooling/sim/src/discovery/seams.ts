import type { Clock } from "@selvage/core";

/** Where bugs are planted that are no method of a class: around the product. */
export interface Seams {
  readonly clock?: ((clock: Clock) => Clock) | undefined;
}
