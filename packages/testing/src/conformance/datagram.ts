import assert from "node:assert/strict";

import type { DatagramDriver } from "@selvage/transport";

import { checksOn, type ConformanceCheck } from "./check.ts";

/** Two fresh drivers that reach each other, and how time passes for them. */
export interface DatagramBench {
  readonly a: DatagramDriver;
  readonly b: DatagramDriver;
  /** An address at which nobody listens, on a machine that is up. */
  readonly deadAddress: string;
  /** Lets time pass until the condition holds; rejects after a reasonable time. */
  until(condition: () => boolean): Promise<void>;
  /** Lets enough time pass for everything under way to arrive. */
  settle(): Promise<void>;
  /** Called after each check; it closes both drivers. */
  dispose(): Promise<void>;
}

interface Arrived {
  readonly bytes: Uint8Array;
  readonly from: string;
}

/**
 * What every {@link DatagramDriver} must do, as an array to loop over in any test runner. Each
 * check gets its own drivers from `setup`. The network under them should lose nothing.
 */
export function datagramConformance({
  setup,
}: {
  readonly setup: () => Promise<DatagramBench>;
}): readonly ConformanceCheck[] {
  const check = checksOn(setup);
  return [
    check("gives its bound address and limits", async ({ a, b }) => {
      assert.notEqual(a.address, b.address);
      assert.match(a.address, /:[1-9][0-9]*$/);
      assert.ok(a.maxDatagramBytes >= 1200, `maxDatagramBytes ${a.maxDatagramBytes}`);
      assert.ok(a.receiveBufferBytes > 0, `receiveBufferBytes ${a.receiveBufferBytes}`);
      await Promise.resolve();
    }),

    check("delivers datagrams of every size unchanged", async ({ a, b, until }) => {
      const { arrived } = collect(b);
      a.listen(ignoring);
      for (const length of [1, 2, 255, 1200, a.maxDatagramBytes]) {
        arrived.length = 0;
        assert.equal(a.send(pattern(length), b.address), true);
        await until(() => arrived.length > 0);
        assert.deepEqual(arrived[0]?.bytes, pattern(length));
      }
    }),

    check("names the sender so that it can be answered", async ({ a, b, until }) => {
      const asked = collect(b);
      const answered = collect(a);
      a.send(pattern(10), b.address);
      await until(() => asked.arrived.length > 0);
      b.send(pattern(20), asked.arrived[0]?.from ?? "");
      await until(() => answered.arrived.length > 0);
      assert.equal(answered.arrived[0]?.from, b.address);
      assert.equal(answered.arrived[0]?.bytes.length, 20);
    }),

    check("lets the receiver write to the bytes it got", async ({ a, b, until }) => {
      const lengths: number[] = [];
      const sums: number[] = [];
      a.listen(ignoring);
      b.listen({
        onDatagram: (bytes) => {
          lengths.push(bytes.length);
          sums.push(bytes.reduce((sum, byte) => sum + byte, 0));
          bytes.fill(255);
        },
        onError: rethrow,
      });
      for (let i = 0; i < 3; i++) a.send(pattern(100), b.address);
      await until(() => lengths.length === 3);
      const expected = pattern(100).reduce((sum, byte) => sum + byte, 0);
      assert.deepEqual(sums, [expected, expected, expected]);
    }),

    check("delivers to itself, and never inside send", async ({ a, until }) => {
      let sending = false;
      let inside = false;
      let count = 0;
      a.listen({
        onDatagram: () => {
          inside ||= sending;
          count++;
        },
        onError: rethrow,
      });
      for (let i = 0; i < 3; i++) {
        sending = true;
        a.send(pattern(8), a.address);
        sending = false;
      }
      await until(() => count === 3);
      assert.equal(inside, false);
    }),

    check("refuses a datagram above its limit", async ({ a, b, settle }) => {
      const { arrived } = collect(b);
      a.listen(ignoring);
      assert.equal(a.send(pattern(a.maxDatagramBytes + 1), b.address), false);
      await settle();
      assert.equal(arrived.length, 0);
    }),

    check("does not throw on an address it cannot reach", async ({ a, b, deadAddress, until }) => {
      const { arrived } = collect(b);
      a.listen(ignoring);
      assert.equal(typeof a.send(pattern(8), deadAddress), "boolean");
      assert.equal(a.send(pattern(8), "not an address"), false);
      a.send(pattern(9), b.address);
      await until(() => arrived.length > 0);
      assert.equal(arrived[0]?.bytes.length, 9);
    }),

    check("resolves an address that is one already to itself", async ({ a, b }) => {
      if (a.resolve === undefined) return;
      assert.equal(await a.resolve(b.address), b.address);
    }),

    check("neither sends nor delivers after close", async ({ a, b, settle }) => {
      const atA = collect(a);
      const atB = collect(b);
      await b.close();
      await b.close();
      assert.equal(b.send(pattern(8), a.address), false);
      a.send(pattern(8), b.address);
      await settle();
      assert.deepEqual([atA.arrived.length, atB.arrived.length], [0, 0]);
    }),

    check("delivers nothing that arrived before close", async ({ a, b, settle }) => {
      const { arrived } = collect(b);
      a.listen(ignoring);
      a.send(pattern(8), b.address);
      const closed = b.close();
      const before = arrived.length;
      await settle();
      await closed;
      assert.equal(arrived.length, before);
    }),

    check("probes tell a refused port from a live one", async ({ a, b, deadAddress, settle }) => {
      if (a.probe === undefined) return;
      a.listen(ignoring);
      b.listen(ignoring);
      const probes = Promise.all([a.probe(deadAddress), a.probe(b.address)]);
      await settle();
      assert.deepEqual(await probes, ["refused", "unknown"]);
    }),
  ];
}

const rethrow = (error: unknown): void => {
  throw error;
};

const ignoring = { onDatagram: (): void => {}, onError: rethrow };

/** Bytes whose order and number show. */
function pattern(length: number): Uint8Array {
  return Uint8Array.from({ length }, (_, i) => (i * 7 + length) & 0xff);
}

/** Listens, and copies whatever comes. */
function collect(driver: DatagramDriver): { readonly arrived: Arrived[] } {
  const arrived: Arrived[] = [];
  driver.listen({
    onDatagram: (bytes, from) => arrived.push({ bytes: Uint8Array.from(bytes), from }),
    onError: rethrow,
  });
  return { arrived };
}
