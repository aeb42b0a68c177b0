import { expect, test } from "vitest";

import { createUdpDriver } from "../src/udp/index.ts";

// The system refuses to connect a socket to a broadcast address without asking any network.
test("a probe of an address without a route answers unknown and does no harm", async () => {
  const uncaught: unknown[] = [];
  const listen = (error: unknown): void => void uncaught.push(error);
  process.on("uncaughtException", listen);
  const driver = await createUdpDriver();
  try {
    expect(await driver.probe?.("255.255.255.255:7000")).toBe("unknown");
    await new Promise((resolve) => setImmediate(resolve));
    expect(uncaught).toEqual([]);
  } finally {
    process.off("uncaughtException", listen);
    await driver.close();
  }
});
