import type { Random } from "@selvage/core";

/** Draws that give the same number each time. */
export const always = (value: number): Random => ({ next: () => value });
