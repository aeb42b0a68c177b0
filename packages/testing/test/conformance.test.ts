import type { DatagramDriver } from "@selvage/transport";
import { describe, expect, test } from "vitest";

import { createSimulation, datagramConformance, type DatagramBench } from "../src/index.ts";

function setup(
  broken?: (driver: DatagramDriver) => Partial<DatagramDriver>,
): Promise<DatagramBench> {
  const sim = createSimulation({ seed: 1, link: { mtuBytes: 65_507 } });
  const [a, b] = [sim.node("a").bind(), sim.node("b").bind()];
  return Promise.resolve({
    a: broken === undefined ? a : defect(a, broken(a)),
    b,
    deadAddress: "10.0.0.2:9",
    until: (condition) => sim.runUntil(condition, 1000),
    settle: () => sim.runFor(1000),
    dispose: async () => {
      await a.close();
      await b.close();
    },
  });
}

/** The driver with some members replaced. */
function defect(driver: DatagramDriver, replaced: Partial<DatagramDriver>): DatagramDriver {
  return {
    address: driver.address,
    maxDatagramBytes: driver.maxDatagramBytes,
    receiveBufferBytes: driver.receiveBufferBytes,
    listen: (receiver) => driver.listen(receiver),
    send: (datagram, to) => driver.send(datagram, to),
    probe: (address) => driver.probe?.(address) ?? Promise.resolve("unknown"),
    close: () => driver.close(),
    ...replaced,
  };
}

describe("the simulated driver", () => {
  test.each(datagramConformance({ setup }))("$name", async (check) => {
    await expect(check.run()).resolves.toBeUndefined();
  });
});

/** Names of the checks that fail for a driver with this defect. */
async function failing(
  broken: (driver: DatagramDriver) => Partial<DatagramDriver>,
): Promise<string[]> {
  const names: string[] = [];
  for (const check of datagramConformance({ setup: () => setup(broken) })) {
    await check.run().catch(() => names.push(check.name));
  }
  return names;
}

describe("the suite notices a driver that", () => {
  test("changes bytes", async () => {
    const names = await failing((driver) => ({
      send: (datagram, to) => driver.send(datagram.toReversed(), to),
    }));
    expect(names).toEqual(["delivers datagrams of every size unchanged"]);
  });

  test("delivers inside send", async () => {
    const names = await failing((driver) => {
      let deliver: (bytes: Uint8Array, from: string) => void = () => {};
      return {
        listen: (receiver) => {
          deliver = (bytes, from) => receiver.onDatagram(bytes, from);
          driver.listen(receiver);
        },
        send: (datagram, to) => {
          if (to !== driver.address) return driver.send(datagram, to);
          deliver(datagram, driver.address);
          return true;
        },
      };
    });
    expect(names).toEqual(["delivers to itself, and never inside send"]);
  });

  test("accepts what is too large or has no address", async () => {
    const names = await failing((driver) => ({
      send: (datagram, to) => driver.send(datagram, to) || true,
    }));
    expect(names).toEqual([
      "refuses a datagram above its limit",
      "does not throw on an address it cannot reach",
    ]);
  });

  test("takes a live port for a dead one", async () => {
    const names = await failing(() => ({ probe: () => Promise.resolve("refused") }));
    expect(names).toEqual(["probes tell a refused port from a live one"]);
  });
});
