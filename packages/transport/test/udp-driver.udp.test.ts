import { networkInterfaces } from "node:os";

import { systemClock } from "@selvage/core";
import { datagramConformance, type DatagramBench } from "@selvage/testing";
import { describe, expect, test } from "vitest";

import { createTransport, type DatagramDriver, type Transport } from "../src/index.ts";
import { createUdpDriver } from "../src/udp/index.ts";
import { ECHO, identityOf, pattern, PSK, same, serveEchoOn, text } from "./world.ts";

const hasIpv6 = Object.values(networkInterfaces()).some((addresses) =>
  addresses?.some(({ address }) => address === "::1"),
);
const loopbacks = ["127.0.0.1", ...(hasIpv6 ? ["[::1]"] : [])];

async function until(condition: () => boolean): Promise<void> {
  const limit = systemClock.now() + 5_000;
  while (!condition()) {
    if (systemClock.now() > limit) throw new Error("the condition did not hold within 5 s");
    await systemClock.sleep(1);
  }
}

async function bench(loopback: string): Promise<DatagramBench> {
  const open = (): Promise<DatagramDriver> => createUdpDriver({ listen: `${loopback}:0` });
  const [a, b, dead] = [await open(), await open(), await open()];
  await dead.close();
  return {
    a,
    b,
    deadAddress: dead.address,
    until,
    settle: () => systemClock.sleep(50),
    dispose: async () => {
      await a.close();
      await b.close();
    },
  };
}

describe.each(loopbacks)("the UDP driver on %s", (loopback) => {
  test.each(datagramConformance({ setup: () => bench(loopback) }))("$name", async (check) => {
    await expect(check.run()).resolves.toBeUndefined();
  });

  test("binds the port that it is asked for, once", async () => {
    const first = await createUdpDriver({ listen: `${loopback}:0` });
    await expect(createUdpDriver({ listen: first.address })).rejects.toMatchObject({
      kind: "bind",
      retryable: false,
      message: expect.stringMatching(/^\[bind\] cannot bind .*: .*EADDRINUSE/),
    });
    await first.close();
    const second = await createUdpDriver({ listen: first.address });
    expect(second.address).toBe(first.address);
    await second.close();
  });

  test("learns of a dead port within some milliseconds", async () => {
    const { a, deadAddress, dispose } = await bench(loopback);
    const started = systemClock.now();
    expect(await a.probe?.(deadAddress)).toBe("refused");
    expect(systemClock.now() - started).toBeLessThan(150);
    await dispose();
  });

  test("answers unknown to more probes than it may have under way, and after its close", async () => {
    const { a, b, dispose } = await bench(loopback);
    const probes = Array.from({ length: 40 }, async () => await a.probe?.(b.address));
    const answers = await Promise.all(probes);
    expect(new Set(answers)).toEqual(new Set(["unknown"]));
    await dispose();
    expect(await a.probe?.(b.address)).toBe("unknown");
  });

  test("carries sessions: calls, large messages, and a goodbye", async () => {
    const open = async (name: string): Promise<Transport> => {
      const driver = await createUdpDriver({ listen: `${loopback}:0` });
      return createTransport({ driver, identity: identityOf(name) }, { psk: PSK });
    };
    const [a, b] = [await open("a"), await open("b")];
    serveEchoOn(b);
    const peer = await a.connect({ address: b.address, nodeId: b.nodeId });
    const ask = async (message: Uint8Array): Promise<Uint8Array | undefined> => {
      const stream = peer.openStream(ECHO);
      await stream.sendBlocking(message);
      stream.end();
      return await stream.receive();
    };
    const small = await Promise.all(Array.from({ length: 100 }, (_, i) => ask(pattern(i))));
    expect(small.every((answer, i) => same(answer, pattern(i)))).toBe(true);
    expect(same(await ask(pattern(3_000_000)), pattern(3_000_000))).toBe(true);
    const goodbyes: string[] = [];
    a.onPeer(({ type }) => goodbyes.push(type));
    await b.close();
    await until(() => a.peers().length === 0);
    expect(goodbyes).toEqual(["goodbye", "disconnected"]);
    await a.close();
  });

  test("notices a dead process by its refused port", async () => {
    const open = async (name: string): Promise<readonly [Transport, DatagramDriver]> => {
      const driver = await createUdpDriver({ listen: `${loopback}:0` });
      const limits = { drainMs: 10 };
      const parts = { driver, identity: identityOf(name) };
      return [createTransport(parts, { psk: PSK, limits }), driver];
    };
    const [[a], [b, driver]] = [await open("a"), await open("b")];
    b.serve(ECHO, () => {});
    const peer = await a.connect({ address: b.address });
    const stream = peer.openStream(ECHO, { watched: true });
    stream.send(text("hello?"));
    await systemClock.sleep(50);
    const noticed = new Promise<number>((resolve) => {
      a.onPeer(({ type }) => {
        if (type === "unresponsive") resolve(systemClock.now());
      });
    });
    const killed = systemClock.now();
    await driver.close();
    expect((await noticed) - killed).toBeLessThan(1_000);
    stream.reset(1);
    await Promise.all([a.close(), b.close()]);
  });
});

describe("an address for the UDP driver", () => {
  test("that is none is refused", async () => {
    await expect(createUdpDriver({ listen: "nonsense" })).rejects.toMatchObject({
      kind: "address",
    });
  });

  test("that this machine does not have cannot be bound", async () => {
    await expect(createUdpDriver({ listen: "192.0.2.1:0" })).rejects.toMatchObject({
      kind: "bind",
      cause: expect.objectContaining({ code: "EADDRNOTAVAIL" }),
    });
  });

  test("may hold a name, which is looked up when it is bound or dialled", async () => {
    const driver = await createUdpDriver({ listen: "localhost:0" });
    expect(driver.address).toMatch(/^127\.0\.0\.1:\d+$/);
    const port = driver.address.split(":")[1];
    expect(await driver.resolve?.(`localhost:${port}`)).toBe(driver.address);
    await expect(driver.resolve?.("no-such-host.invalid:1")).rejects.toMatchObject({
      code: expect.stringMatching(/^(ENOTFOUND|EAI_AGAIN)$/),
    });
    expect(driver.send(pattern(5), `localhost:${port}`)).toBe(false);
    await driver.close();
  });

  test("of a host that does not exist fails a dial at once", async () => {
    const driver = await createUdpDriver();
    const transport = createTransport({ driver, identity: identityOf("a") }, { psk: PSK });
    await expect(transport.connect({ address: "no-such-host.invalid:1" })).rejects.toMatchObject({
      kind: "address",
      retryable: false,
      delivered: "never",
    });
    await transport.close();
  });
});

test("a buffer smaller than asked for is reported as what it is", async () => {
  const driver = await createUdpDriver({ bufferBytes: 1e9 });
  expect(driver.receiveBufferBytes).toBeGreaterThan(0);
  expect(driver.receiveBufferBytes).toBeLessThan(1e9);
  await driver.close();
});
