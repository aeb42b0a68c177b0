/** Lets nobody pay for what others left behind. */
export function collectGarbage(): void {
  if (gc === undefined) throw new Error("garbage can only be collected with --expose-gc");
  gc();
}

/** Memory in use once all garbage is gone, in bytes. */
export function bytesInUse(): number {
  collectGarbage();
  // Once more: what arrays stand on is freed beside us, and waited for when the next round begins.
  collectGarbage();
  const { heapUsed, arrayBuffers } = process.memoryUsage();
  return heapUsed + arrayBuffers;
}
