import { isSubnetAncestor, type SubnetId } from "./subnet-id.ts";

/** How far something that one node offers can be seen. */
export type SubnetVisibility =
  /** Everywhere. */
  | "global"
  /** In exactly the same subnet. */
  | "subnet-local"
  /** In the same subnet, in those that contain it and in those that it contains. */
  | "parent-visible";

/**
 * Whether what is offered in one subnet can be seen from another. Both ways alike.
 *
 * @throws TypeError for an unknown visibility.
 */
export function isVisibleTo(
  visibility: SubnetVisibility,
  offered: SubnetId,
  seenFrom: SubnetId,
): boolean {
  switch (visibility) {
    case "global":
      return true;
    case "subnet-local":
      return offered === seenFrom;
    case "parent-visible":
      return (
        offered === seenFrom ||
        isSubnetAncestor(offered, seenFrom) ||
        isSubnetAncestor(seenFrom, offered)
      );
    default:
      throw new TypeError(`visibility must be one of the three, got "${String(visibility)}"`);
  }
}
