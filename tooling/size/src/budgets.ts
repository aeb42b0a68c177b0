/**
 * Largest size of everything that a package exports, bundled with its siblings, minified and
 * gzipped. Only packages that people embed for their own sake have one: Selvage is a server stack.
 */
export const budgetBytes: Readonly<Record<string, number>> = {
  core: 4_096,
  resilience: 8_192,
};
