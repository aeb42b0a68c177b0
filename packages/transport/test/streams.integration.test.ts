import { describe, expect, test } from "vitest";

import type { MessageStream, Peer } from "../src/index.ts";
import {
  askEcho,
  ECHO,
  pattern,
  readable,
  same,
  serveEcho,
  type Station,
  text,
  TransportWorld,
} from "./world.ts";

/** A protocol whose streams are held and never read, until the test does. */
const HELD = 2;

/** Keeps the streams of {@link HELD} as they come. */
function hold({ transport }: Station): MessageStream[] {
  const streams: MessageStream[] = [];
  transport.serve(HELD, (stream) => void streams.push(stream));
  return streams;
}

/** Sends until the window is full; gives the number of messages. */
function fill(stream: MessageStream, message: Uint8Array): number {
  for (let count = 0; ; count++) {
    try {
      stream.send(message);
    } catch (error) {
      expect(error).toMatchObject({ kind: "backpressure", retryable: true });
      return count;
    }
  }
}

/** How long one echo takes, in virtual milliseconds. */
async function echoMs(world: TransportWorld, a: Station, peer: Peer): Promise<number> {
  const before = world.sim.now;
  await world.act(a, () => askEcho(peer, text("quick")));
  return world.sim.now - before;
}

describe("messages", () => {
  test.each([0, 1, 1_100, 1_200, 65_530, 65_536, 65_537, 300_000])(
    "of %i bytes arrive as they were sent",
    async (length) => {
      const world = new TransportWorld();
      const { a, peer } = await world.pair();
      const answer = await world.act(a, () => askEcho(peer, pattern(length)));
      expect(same(answer, pattern(length))).toBe(true);
    },
  );

  test("of 16 MiB pass a window of 64 KiB", async () => {
    const world = new TransportWorld(1, { latencyMs: 0.2 });
    const config = { receiveBufferBytes: 4_194_304 };
    const { a, b, peer } = await world.pair({ a: config, b: config });
    const arrived = hold(b);
    const message = pattern(16_777_216);
    const free = b.transport.stats().reassemblyFreeBytes;
    await world.act(a, async () => {
      const stream = peer.openStream(HELD);
      await stream.sendBlocking(message);
      stream.end();
    });
    await world.sim.runUntil(() => arrived.length > 0);
    expect(free - b.transport.stats().reassemblyFreeBytes).toBe(message.length);
    const got = await world.act(b, () => arrived[0]?.receive());
    expect(same(got, message)).toBe(true);
    expect(b.transport.stats().reassemblyFreeBytes).toBe(free);
  });

  test("arrive in order and whole through loss, jitter, repetition and reordering", async () => {
    for (const seed of [1, 2, 3, 4, 5]) {
      const link = { jitterMs: 20, lossRate: 0.15, duplicateRate: 0.1, reorderRate: 0.2 };
      const world = new TransportWorld(seed, link);
      const { a, peer } = await world.pair();
      const lengths = [0, 10, 5_000, 1, 100_000, 70_000, 3];
      const answers = await world.act(
        a,
        async () => {
          const stream = peer.openStream(ECHO);
          const got: Uint8Array[] = [];
          const reading = (async () => {
            for (;;) {
              const message = await stream.receive();
              if (message === undefined) return;
              got.push(message);
            }
          })();
          for (const length of lengths) await stream.sendBlocking(pattern(length));
          stream.end();
          await reading;
          return got;
        },
        120_000,
      );
      expect(answers.map(({ length }) => length)).toEqual(lengths);
      expect(answers.every((answer) => same(answer, pattern(answer.length)))).toBe(true);
    }
  });

  test("above what the peer takes are refused here, and the stream goes on", async () => {
    const world = new TransportWorld();
    const { a, peer } = await world.pair({ b: { limits: { maxMessageBytes: 1_000 } } });
    await world.act(a, async () => {
      const stream = peer.openStream(ECHO);
      expect(() => stream.send(pattern(1_001))).toThrow(
        expect.objectContaining({ kind: "message-too-large", retryable: false }),
      );
      await expect(stream.sendBlocking(pattern(1_001))).rejects.toMatchObject({
        kind: "message-too-large",
        delivered: "never",
      });
      stream.send(pattern(1_000));
      expect(await stream.receive()).toEqual(pattern(1_000));
    });
  });

  test("belong to whoever received them", async () => {
    const world = new TransportWorld();
    const { a, b, peer } = await world.pair();
    const held = hold(b);
    await world.act(a, () => {
      const stream = peer.openStream(HELD);
      for (let i = 0; i < 3; i++) stream.send(pattern(10));
    });
    await world.sim.runFor(50);
    const [first, second, third] = await world.act(b, async () => [
      await held[0]?.receive(),
      await held[0]?.receive(),
      await held[0]?.receive(),
    ]);
    second?.fill(0xff);
    expect([first, third]).toEqual([pattern(10), pattern(10)]);
  });
});

describe("a full window", () => {
  test("fails a send and opens as the other application reads", async () => {
    const world = new TransportWorld();
    const { a, b, peer } = await world.pair();
    const held = hold(b);
    const stream = peer.openStream(HELD);
    const sent = await world.act(a, () => fill(stream, pattern(1_000)));
    expect(sent).toBe(66);
    let opened = false;
    const writable = world.begin(a, () => stream.writable().then(() => (opened = true)));
    await world.sim.runFor(5_000);
    expect(opened).toBe(false);
    const got = await world.act(b, async () => {
      for (let i = 0; i < 40; i++) expect(await held[0]?.receive()).toEqual(pattern(1_000));
      return "read";
    });
    expect(got).toBe("read");
    expect(await world.sim.settle(writable)).toBe(true);
    await world.act(a, () => stream.send(pattern(1)));
  });

  test("holds sendBlocking, until its signal or the stream ends it", async () => {
    const world = new TransportWorld();
    const { a, b, peer } = await world.pair();
    const held = hold(b);
    const stream = peer.openStream(HELD);
    await world.act(a, () => fill(stream, pattern(1_000)));
    const giveUp = new AbortController();
    const { signal } = giveUp;
    const aborted = world.begin(a, () => stream.sendBlocking(pattern(1), { signal }));
    const blocked = world.begin(a, () => stream.sendBlocking(pattern(2)));
    await world.sim.runFor(100);
    giveUp.abort("enough");
    expect(await world.sim.settle(aborted)).toBe("enough");
    await world.act(b, () => held[0]?.reset(77));
    expect(await world.sim.settle(blocked)).toMatchObject({ kind: "stream-reset", code: 77 });
  });

  test("of 64 streams leaves the latency of a call on the same session as it was", async () => {
    const world = new TransportWorld();
    const { a, b, peer } = await world.pair();
    const held = hold(b);
    const before = await echoMs(world, a, peer);
    await world.act(a, () => {
      for (let i = 0; i < 64; i++) fill(peer.openStream(HELD), pattern(1_000));
    });
    await world.sim.runFor(2_000);
    expect(held).toHaveLength(64);
    const after = await echoMs(world, a, peer);
    expect(after).toBeLessThan(before + 1);
    expect(peer.state).toBe("responsive");
  });

  test("does not keep a handler from calling back over the same session", async () => {
    const world = new TransportWorld();
    const { a, b, peer } = await world.pair();
    hold(a);
    hold(b);
    serveEcho(a);
    const CALL_BACK = 3;
    b.transport.serve(CALL_BACK, (stream) => {
      void (async () => {
        const question = await stream.receive();
        const caller = b.transport.peer(stream.nodeId);
        stream.send(await askEcho(caller!, question ?? text("")));
        stream.end();
      })();
    });
    await world.act(a, () => {
      for (let i = 0; i < 20; i++) fill(peer.openStream(HELD), pattern(1_000));
    });
    await world.act(b, () => {
      const caller = b.transport.peer(a.transport.nodeId);
      for (let i = 0; i < 20; i++) fill(caller!.openStream(HELD), pattern(1_000));
    });
    await world.sim.runFor(1_000);
    const answer = await world.act(a, async () => {
      const stream = peer.openStream(CALL_BACK);
      stream.send(text("round and round"));
      return await stream.receive();
    });
    expect(readable(answer)).toBe("round and round");
  });

  test("of large messages shares the node's memory: first come, first served", async () => {
    const world = new TransportWorld();
    const limits = { reassemblyBudgetBytes: 250_000, maxMessageBytes: 200_000 };
    const { a, b, peer } = await world.pair({ b: { limits } });
    const held = hold(b);
    const order: number[] = [];
    await world.act(a, () => {
      for (let i = 0; i < 3; i++) peer.openStream(HELD).send(pattern(200_000 + -i));
    });
    await world.sim.runUntil(() => held.length === 3);
    const reading = world.begin(b, () =>
      Promise.all(
        held.map(async (stream, i) => {
          expect(same(await stream.receive(), pattern(200_000 - i))).toBe(true);
          order.push(i);
        }),
      ),
    );
    await world.sim.settle(reading);
    expect(order).toEqual([0, 1, 2]);
    expect(b.transport.stats().reassemblyFreeBytes).toBe(250_000);
  });

  test("of memory is taken back from a message that stops arriving", async () => {
    const world = new TransportWorld();
    const limits = {
      reassemblyBudgetBytes: 250_000,
      maxMessageBytes: 200_000,
      failAfterMs: 50_000,
    };
    const config = { limits: { ...limits, forgetAfterMs: 60_000 } };
    const { a, b, peer } = await world.pair({ b: config, a: config });
    const held = hold(b);
    await world.act(a, () => peer.openStream(HELD).send(pattern(200_000)));
    await world.sim.runUntil(() => held.length === 1);
    expect(b.transport.stats().reassemblyFreeBytes).toBe(50_000);
    world.sim.network.partition("a", "b");
    const c = world.start("c");
    const other = await world.connect(c, b);
    await world.act(c, () => other.openStream(HELD).send(pattern(100_000)));
    await world.sim.runUntil(() => held.length === 2);
    const second = world.begin(b, () => held[1]?.receive());
    const first = world.begin(b, () => held[0]?.receive());
    expect(await world.sim.settle(second)).toEqual(pattern(100_000));
    expect(world.sim.now).toBeGreaterThan(10_000);
    expect(await world.sim.settle(first)).toMatchObject({ kind: "stream-reset", code: 0xff01 });
  });
});

describe("the two directions of a stream", () => {
  test("end apart: after our end the answer still comes", async () => {
    const world = new TransportWorld();
    const { a, b, peer } = await world.pair();
    const held = hold(b);
    const stream = peer.openStream(HELD);
    await world.act(a, () => {
      stream.send(text("question"));
      stream.end();
      expect(() => stream.send(text("more"))).toThrow(
        expect.objectContaining({ kind: "stream-ended", retryable: false }),
      );
    });
    const answered = await world.act(b, async () => {
      while (held[0] === undefined) await b.node.clock.sleep(1);
      const question = await held[0].receive();
      const end = await held[0].receive();
      await b.node.clock.sleep(1_000);
      held[0].send(text("answer"));
      held[0].end();
      return [readable(question), end];
    });
    expect(answered).toEqual(["question", undefined]);
    expect(await world.act(a, async () => readable(await stream.receive()))).toBe("answer");
    expect(await world.act(a, () => stream.receive())).toBeUndefined();
    await world.sim.runFor(100);
    expect([a.transport.stats().streams, b.transport.stats().streams]).toEqual([0, 0]);
  });

  test("end apart: after the other end's end ours goes on", async () => {
    const world = new TransportWorld();
    const { a, b, peer } = await world.pair();
    const got: (string | undefined)[] = [];
    b.transport.serve(HELD, (stream) => {
      stream.end(text("all I have to say"));
      void (async () => {
        for (let message = await stream.receive(); message; message = await stream.receive()) {
          got.push(readable(message));
        }
      })();
    });
    await world.act(a, async () => {
      const stream = peer.openStream(HELD);
      stream.send(text("one"));
      expect([readable(await stream.receive()), await stream.receive()]).toEqual([
        "all I have to say",
        undefined,
      ]);
      await a.node.clock.sleep(1_000);
      stream.end(text("two"));
    });
    await world.sim.runFor(100);
    expect(got).toEqual(["one", "two"]);
    expect([a.transport.stats().streams, b.transport.stats().streams]).toEqual([0, 0]);
  });

  test("may end without a message", async () => {
    const world = new TransportWorld();
    const { a, b, peer } = await world.pair();
    const held = hold(b);
    await world.act(a, () => peer.openStream(HELD).end());
    await world.sim.runUntil(() => held.length === 1);
    expect(await world.act(b, () => held[0]?.receive())).toBeUndefined();
  });
});

describe("a reset", () => {
  test.each([
    [false, "maybe"],
    [true, "never"],
  ])("reaches the other end with its code and notStarted %s", async (notStarted, delivered) => {
    const world = new TransportWorld();
    const { a, b, peer } = await world.pair();
    b.transport.serve(HELD, (stream) => stream.reset(4_711, { notStarted }));
    const stream = peer.openStream(HELD);
    const failures: unknown[] = [];
    stream.onFailure((error) => failures.push(error));
    const error = await world.failure(a, async () => {
      stream.send(text("please"));
      await stream.receive();
    });
    expect(error).toMatchObject({ kind: "stream-reset", code: 4_711, notStarted, delivered });
    expect(failures).toEqual([error]);
    expect(stream.delivered).toBe(delivered);
    await world.sim.runFor(100);
    expect([a.transport.stats().streams, b.transport.stats().streams]).toEqual([0, 0]);
  });

  test("reaches the handler of a call that was taken back", async () => {
    const world = new TransportWorld();
    const { a, b, peer } = await world.pair();
    const failures: unknown[] = [];
    b.transport.serve(HELD, (stream) => stream.onFailure((error) => failures.push(error)));
    await world.act(a, async () => {
      const stream = peer.openStream(HELD);
      stream.send(text("please"));
      await a.node.clock.sleep(20);
      stream.reset(1);
    });
    await world.sim.runFor(20);
    expect(failures).toMatchObject([{ kind: "stream-reset", code: 1, notStarted: false }]);
  });

  test("gets through loss", async () => {
    for (const seed of [1, 2, 3, 4, 5, 6]) {
      const world = new TransportWorld(seed, { lossRate: 0.4 });
      const { a, b, peer } = await world.pair();
      const failures: unknown[] = [];
      b.transport.serve(HELD, (stream) => stream.onFailure((error) => failures.push(error)));
      await world.act(a, async () => {
        const stream = peer.openStream(HELD);
        stream.send(text("please"));
        await a.node.clock.sleep(500);
        stream.reset(1);
      });
      await world.sim.runFor(5_000);
      expect(failures).toHaveLength(1);
      expect([a.transport.stats().streams, b.transport.stats().streams]).toEqual([0, 0]);
    }
  });

  test("answers a protocol that nobody serves, untouched", async () => {
    const world = new TransportWorld();
    const { a, peer } = await world.pair();
    const error = await world.failure(a, async () => {
      const stream = peer.openStream(999);
      stream.send(text("anybody?"));
      await stream.receive();
    });
    expect(error).toMatchObject({ kind: "stream-reset", notStarted: true, delivered: "never" });
  });

  test("of a stream of which nothing left was never delivered, and leaves nothing behind", async () => {
    const world = new TransportWorld();
    const { a, b, peer } = await world.pair();
    await world.act(a, () => {
      for (let i = 0; i < 10; i++) {
        const stream = peer.openStream(ECHO);
        stream.reset(1);
        expect(stream.delivered).toBe("never");
      }
    });
    expect(await world.act(a, () => askEcho(peer, text("next")))).toEqual(text("next"));
    await world.sim.runFor(100);
    expect([a.transport.stats().streams, b.transport.stats().streams]).toEqual([0, 0]);
  });
});

describe("the number of open streams", () => {
  test("is bounded by the peer: beyond it opening fails, and nothing was delivered", async () => {
    const world = new TransportWorld();
    const { a, b, peer } = await world.pair({ b: { limits: { maxOpenStreams: 10 } } });
    const held = hold(b);
    const streams = await world.act(a, () => {
      const opened = Array.from({ length: 10 }, () => peer.openStream(HELD));
      for (const stream of opened) stream.send(text("hold me"));
      return opened;
    });
    expect(() => peer.openStream(HELD)).toThrow(
      expect.objectContaining({ kind: "backpressure", delivered: "never", retryable: true }),
    );
    await world.sim.runFor(1_000);
    expect(held).toHaveLength(10);
    await world.act(a, () => {
      for (const stream of streams.slice(0, 3)) stream.reset(1);
    });
    await world.sim.runFor(50);
    await world.act(a, () => {
      for (let i = 0; i < 3; i++) peer.openStream(HELD).reset(1);
    });
  });

  test("may be reached again and again: finished streams make room", async () => {
    const world = new TransportWorld();
    const { a, b, peer } = await world.pair({ b: { limits: { maxOpenStreams: 4 } } });
    await world.act(a, async () => {
      for (let i = 0; i < 50; i++) {
        const questions = Array.from({ length: 4 }, (_, n) => pattern(4 * i + n));
        const answers = questions.map((question) => askEcho(peer, question));
        expect(await Promise.all(answers)).toEqual(questions);
        await a.node.clock.sleep(10);
      }
    });
    expect(b.transport.stats().violations).toEqual({});
  });
});

describe("a handler", () => {
  test("starts at most once per stream, whatever the network repeats", async () => {
    for (const seed of [1, 2, 3, 4, 5, 6, 7, 8]) {
      const link = { jitterMs: 60, duplicateRate: 0.5, lossRate: 0.2, reorderRate: 0.5 };
      const world = new TransportWorld(seed, link);
      const { a, b, peer } = await world.pair();
      const starts = new Map<number, number>();
      const COUNTED = 5;
      b.transport.serve(COUNTED, (stream) => {
        starts.set(stream.id, (starts.get(stream.id) ?? 0) + 1);
        void stream.receive().then(
          () => {
            stream.send(text("done"));
            stream.end();
          },
          () => {},
        );
      });
      const calls = world.begin(a, () =>
        Promise.all(
          Array.from({ length: 60 }, async (_, i) => {
            await a.node.clock.sleep(20 * i);
            const stream = peer.openStream(COUNTED, { watched: true });
            stream.send(pattern(i * 20));
            stream.end();
            return readable(await stream.receive());
          }),
        ),
      );
      expect(await world.sim.settle(calls)).toEqual(Array.from({ length: 60 }, () => "done"));
      await world.sim.runFor(5_000);
      expect(starts.size).toBe(60);
      expect(Math.max(...starts.values())).toBe(1);
    }
  });

  test("starts at most once, and at all, in 200 runs of repetition, reordering and sudden delays", async () => {
    for (let seed = 1; seed <= 200; seed++) {
      const link = { jitterMs: 30, duplicateRate: 0.4, reorderRate: 0.3, reorderMs: 400 };
      const world = new TransportWorld(seed, link);
      const { a, b, peer } = await world.pair();
      const starts: number[] = [];
      b.transport.serve(HELD, (stream) => {
        starts.push(stream.id);
        stream.end();
      });
      await world.act(a, async () => {
        for (let i = 0; i < 12; i++) {
          peer.openStream(HELD).end(pattern(900));
          await a.node.clock.sleep(15);
        }
      });
      await world.sim.runFor(2_000);
      expect(starts.toSorted((one, other) => one - other)).toEqual(
        Array.from({ length: 12 }, (_, i) => 2 * i),
      );
    }
  });

  test("sees a protocol number up to 65,535, its caller, and that the stream came in", async () => {
    const world = new TransportWorld();
    const { a, b, peer } = await world.pair();
    const seen: unknown[] = [];
    b.transport.serve(65_535, (stream) => {
      seen.push([stream.protocol, stream.nodeId, stream.isIncoming, stream.stallMs]);
      stream.end();
    });
    const stream = peer.openStream(65_535);
    expect([stream.protocol, stream.nodeId, stream.isIncoming]).toEqual([
      65_535,
      b.transport.nodeId,
      false,
    ]);
    await world.act(a, () => stream.end());
    await world.sim.runFor(20);
    expect(seen).toEqual([[65_535, a.transport.nodeId, true, 0]]);
  });
});
