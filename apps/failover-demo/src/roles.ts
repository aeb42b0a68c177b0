/** The two providers of the story. */
export type Role = "primary" | "standby";

/** Their priority classes: callers prefer the lower one. */
export const PRIORITIES: Readonly<Record<Role, number>> = { primary: 0, standby: 1 };

/** Whether a value names a provider. */
export function isRole(value: unknown): value is Role {
  return value === "primary" || value === "standby";
}
