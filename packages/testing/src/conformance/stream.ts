import assert from "node:assert/strict";

import type { MessageStream, TransportError } from "@selvage/transport";

import { checksOn, type ConformanceCheck } from "./check.ts";

/** Two ends between which streams can be opened, and how time passes for them. */
export interface StreamBench {
  /** Opens a reliable stream to the other end, where it is kept in {@link accepted}. */
  open(): MessageStream;
  /** Opens one of which the other end knows nothing. */
  openUnserved(): MessageStream;
  /** The streams that have arrived at the other end, in their order. */
  readonly accepted: readonly MessageStream[];
  /** The largest message that can be sent, in bytes. */
  readonly maxMessageBytes: number;
  /** What may be under way unread on a stream, in bytes. */
  readonly windowBytes: number;
  /** Streams that may be open at once. */
  readonly maxOpenStreams: number;
  /** Runs code where streams are opened; its promises are kept as time passes. */
  near<T>(fn: () => T | PromiseLike<T>): Promise<T>;
  /** Runs code at the other end likewise. */
  far<T>(fn: () => T | PromiseLike<T>): Promise<T>;
  /** Lets time pass until it is settled, and gives what it came to. */
  settle<T>(pending: Promise<T>): Promise<T>;
  /** Lets enough time pass for everything under way to arrive. */
  quiet(): Promise<void>;
  /** Lets time pass until the condition holds; rejects after a reasonable time. */
  until(condition: () => boolean): Promise<void>;
  /** Streams that are open, over both ends. */
  openStreams(): number;
  /** Called after each check. */
  dispose(): Promise<void>;
}

const CODE = 77;

/**
 * What every `MessageStream` must do, as an array to loop over in any test runner. Each check gets
 * its own ends from `setup`. The network between them, if there is one, should lose nothing.
 */
export function streamConformance({
  setup,
}: {
  readonly setup: () => Promise<StreamBench>;
}): readonly ConformanceCheck[] {
  const check = checksOn(setup);
  return [
    check("carries messages of every size, in order and unchanged, both ways", async (bench) => {
      const sizes = [0, 1, 1_199, 70_000, 0, bench.windowBytes, 300_001, 5];
      const stream = await near(bench, () => bench.open());
      const sent = bench.near(() => sendAll(stream, sizes));
      const arrived = await arrivalOf(bench);
      const got = await far(bench, () => receiveAll(arrived));
      await bench.settle(sent);
      assertPatterns(got, sizes);
      const answered = bench.far(() => sendAll(arrived, sizes));
      assertPatterns(await near(bench, () => receiveAll(stream)), sizes);
      await bench.settle(answered);
      await assertNothingIsLeft(bench);
    }),

    check("carries the largest message that it takes, and no larger one", async (bench) => {
      const { maxMessageBytes } = bench;
      const stream = await near(bench, () => bench.open());
      const error = await near(bench, () =>
        caught(() => stream.send(new Uint8Array(maxMessageBytes + 1))),
      );
      assertError(error, { kind: "message-too-large", delivered: "never" });
      const sent = bench.near(() => sendAll(stream, [maxMessageBytes]));
      const arrived = await arrivalOf(bench);
      assertPatterns(await far(bench, () => receiveAll(arrived)), [maxMessageBytes]);
      await bench.settle(sent);
    }),

    check("tells who is there, and which end opened it", async (bench) => {
      const stream = await near(bench, () => {
        const opened = bench.open();
        opened.send(pattern(3));
        return opened;
      });
      const arrived = await arrivalOf(bench);
      assert.equal(stream.isIncoming, false);
      assert.equal(arrived.isIncoming, true);
      assert.equal(arrived.protocol, stream.protocol);
      assert.equal(arrived.reliability, "reliable");
      assert.match(arrived.nodeId, /^[0-9a-f]{32}$/);
    }),

    check("is undelivered until it has left, and maybe delivered then", async (bench) => {
      const stream = await near(bench, () => {
        const opened = bench.open();
        assert.equal(opened.delivered, "never");
        opened.send(pattern(10));
        assert.equal(opened.delivered, "never");
        return opened;
      });
      await bench.until(() => bench.accepted.length > 0);
      assert.equal(stream.delivered, "maybe");
    }),

    check("ends each direction apart", async (bench) => {
      const stream = await near(bench, () => {
        const opened = bench.open();
        opened.end(pattern(4));
        return opened;
      });
      const arrived = await arrivalOf(bench);
      assertPatterns(await far(bench, () => receiveAll(arrived)), [4]);
      const late = bench.far(() => sendAll(arrived, [7, 8]));
      assertPatterns(await near(bench, () => receiveAll(stream)), [7, 8]);
      await bench.settle(late);
      assertError(await near(bench, () => caught(() => stream.send(pattern(1)))), {
        kind: "stream-ended",
      });
      await assertNothingIsLeft(bench);
    }),

    check("holds back who sends to somebody that does not read", async (bench) => {
      const message = pattern(1_000);
      const stream = await near(bench, () => bench.open());
      const count = await near(bench, () => {
        for (let sent = 0; ; sent++) {
          const error = syncCaught(() => stream.send(message));
          if (error === undefined) continue;
          assertError(error, { kind: "backpressure" });
          return sent;
        }
      });
      assert.ok(count * message.length <= bench.windowBytes + message.length, `${count} sent`);
      const arrived = await arrivalOf(bench);
      let wasSent = false;
      const blocked = bench.near(async () => {
        await stream.sendBlocking(message);
        wasSent = true;
        stream.end();
      });
      await bench.quiet();
      assert.equal(wasSent, false);
      const got = await far(bench, () => receiveAll(arrived));
      await bench.settle(blocked);
      assert.equal(got.length, count + 1);
    }),

    check("hands over bytes that nobody else has", async (bench) => {
      const stream = await near(bench, () => bench.open());
      await near(bench, () => sendAll(stream, [64, 64]));
      const arrived = await arrivalOf(bench);
      const first = await far(bench, () => arrived.receive());
      first?.fill(0xff);
      assert.deepEqual(await far(bench, () => arrived.receive()), pattern(64));
    }),

    check("tells the other end of a reset, with its code", async (bench) => {
      const stream = await near(bench, () => {
        const opened = bench.open();
        opened.send(pattern(9));
        return opened;
      });
      const arrived = await arrivalOf(bench);
      const heard: TransportError[] = [];
      arrived.onFailure((error) => void heard.push(error));
      await near(bench, () => stream.reset(CODE));
      await bench.until(() => heard.length > 0);
      assertError(heard[0], { kind: "stream-reset", code: CODE, notStarted: false });
      assert.equal(heard.length, 1);
      assertError(await near(bench, () => caught(() => stream.receive())), {
        kind: "stream-reset",
        delivered: "maybe",
      });
      await assertNothingIsLeft(bench);
    }),

    check("tells everybody who listens of its failure, once and in order", async (bench) => {
      const stream = await near(bench, () => {
        const opened = bench.open();
        opened.send(pattern(9));
        return opened;
      });
      const arrived = await arrivalOf(bench);
      const heard: string[] = [];
      for (const name of ["first", "second", "third"]) {
        arrived.onFailure(({ kind }) => void heard.push(`${name}: ${kind}`));
      }
      await near(bench, () => stream.reset(CODE));
      await bench.until(() => heard.length > 0);
      await bench.quiet();
      const all = ["first: stream-reset", "second: stream-reset", "third: stream-reset"];
      assert.deepEqual(heard, all);
      await assertNothingIsLeft(bench);
    }),

    check("believes the other end that nothing was started", async (bench) => {
      const stream = await near(bench, () => {
        const opened = bench.open();
        opened.end(pattern(9));
        return opened;
      });
      const reading = bench.near(() => caught(() => stream.receive()));
      const arrived = await arrivalOf(bench);
      await far(bench, () => arrived.reset(CODE, { notStarted: true }));
      assertError(await bench.settle(reading), {
        kind: "stream-reset",
        code: CODE,
        delivered: "never",
      });
      assert.equal(stream.delivered, "never");
      await assertNothingIsLeft(bench);
    }),

    check("comes back untouched when nobody serves its protocol", async (bench) => {
      const stream = await near(bench, () => {
        const opened = bench.openUnserved();
        opened.end(pattern(2));
        return opened;
      });
      const error = await near(bench, () => caught(() => stream.receive()));
      assertError(error, { kind: "stream-reset", notStarted: true, delivered: "never" });
      await assertNothingIsLeft(bench);
    }),

    check("bounds how many are open, and lets others follow those that ended", async (bench) => {
      const { maxOpenStreams } = bench;
      const streams = await near(bench, () => {
        const opened = Array.from({ length: maxOpenStreams }, () => bench.open());
        for (const stream of opened) stream.end(pattern(1));
        return opened;
      });
      const error = await near(bench, () => caught(() => bench.open()));
      assertError(error, { kind: "backpressure", delivered: "never" });
      await bench.until(() => bench.accepted.length === maxOpenStreams);
      await far(bench, () => bench.accepted.forEach((stream) => stream.end()));
      await near(bench, async () => {
        for (const stream of streams) await stream.receive();
      });
      await far(bench, async () => {
        for (const stream of bench.accepted) await receiveAll(stream);
      });
      await assertNothingIsLeft(bench);
      await near(bench, () => bench.open().reset(CODE));
      await assertNothingIsLeft(bench);
    }),
  ];
}

const near = <T>(bench: StreamBench, fn: () => T | PromiseLike<T>): Promise<T> =>
  bench.settle(bench.near(fn));

const far = <T>(bench: StreamBench, fn: () => T | PromiseLike<T>): Promise<T> =>
  bench.settle(bench.far(fn));

async function arrivalOf({ accepted, until }: StreamBench): Promise<MessageStream> {
  await until(() => accepted.length > 0);
  return accepted[0] as MessageStream;
}

async function assertNothingIsLeft({ openStreams, quiet }: StreamBench): Promise<void> {
  await quiet();
  assert.equal(openStreams(), 0, "open streams");
}

async function sendAll(stream: MessageStream, sizes: readonly number[]): Promise<void> {
  for (const size of sizes) await stream.sendBlocking(pattern(size));
  stream.end();
}

async function receiveAll(stream: MessageStream): Promise<Uint8Array[]> {
  const messages: Uint8Array[] = [];
  for (;;) {
    const message = await stream.receive();
    if (message === undefined) return messages;
    messages.push(message);
  }
}

function pattern(length: number): Uint8Array {
  return Uint8Array.from({ length }, (_, i) => (i * 31 + (i >>> 8) + length) & 0xff);
}

function assertPatterns(messages: readonly Uint8Array[], sizes: readonly number[]): void {
  assert.deepEqual(
    messages.map(({ length }) => length),
    sizes,
  );
  for (const message of messages) {
    assert.equal(Buffer.compare(message, pattern(message.length)), 0, `of ${message.length} bytes`);
  }
}

async function caught(fn: () => unknown): Promise<unknown> {
  try {
    await fn();
    return undefined;
  } catch (error) {
    return error;
  }
}

function syncCaught(fn: () => void): unknown {
  try {
    fn();
    return undefined;
  } catch (error) {
    return error;
  }
}

function assertError(error: unknown, expected: Readonly<Record<string, unknown>>): void {
  assert.ok(error instanceof Error, "nothing was thrown");
  for (const [name, value] of Object.entries(expected)) {
    assert.equal(Reflect.get(error, name), value, name);
  }
}
