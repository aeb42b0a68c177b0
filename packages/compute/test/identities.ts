import { Identity } from "@selvage/identity";
import { seededEntropy } from "@selvage/testing";

/** The same identity for the same number, in every run. */
export function identityOf(number: number): Identity {
  return Identity.fromSeed(new Uint8Array(32).fill(number % 256));
}

/** Different identities, the same in every run. */
export function identities(count: number): readonly Identity[] {
  const entropy = seededEntropy(7);
  return Array.from({ length: count }, () => Identity.generate({ entropy }));
}
