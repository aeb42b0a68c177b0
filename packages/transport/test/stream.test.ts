import { describe, expect, test } from "vitest";

import { type TransportError, isTransportError } from "../src/index.ts";
import { ProtocolViolation } from "../src/packet/protocol-violation.ts";
import { Stream } from "../src/stream/stream.ts";
import { incomingStream, recordingHost, written } from "./stream-bench.ts";
import { pattern } from "./world.ts";

/** A stream's bytes: protocol number 1, then each message behind its length. */
function streamBytes(...messages: readonly Uint8Array[]): Uint8Array {
  const parts = messages.flatMap((message) => [
    ...new Uint8Array(Uint32Array.of(message.length).buffer),
    ...message,
  ]);
  return Uint8Array.from([1, 0, ...parts]);
}

const violation = (reason: ConstructorParameters<typeof ProtocolViolation>[0]): ProtocolViolation =>
  new ProtocolViolation(reason);

describe("an incoming stream", () => {
  test("is shown to a handler once its protocol is known, and only then", () => {
    const stream = incomingStream(0);
    expect(stream.protocol).toBe(-1);
    expect(stream.onData(1, Uint8Array.of(2), false)).toBe(false);
    expect(stream.onData(0, Uint8Array.of(1), false)).toBe(true);
    expect(stream.protocol).toBe(0x0201);
    expect(stream.onData(0, Uint8Array.of(1, 2), false)).toBe(false);
  });

  test("gives whole messages in order, then the end", async () => {
    const stream = incomingStream(0);
    const bytes = streamBytes(pattern(3), pattern(0), pattern(500));
    for (let at = 0; at < bytes.length; at += 7) {
      stream.onData(at, bytes.subarray(at, at + 7), at + 7 >= bytes.length);
    }
    expect(await stream.receive()).toEqual(pattern(3));
    expect(await stream.receive()).toEqual(pattern(0));
    expect(await stream.receive()).toEqual(pattern(500));
    expect(await stream.receive()).toBeUndefined();
    expect(await stream.receive()).toBeUndefined();
  });

  test("a reader that waits gets the message when its last byte comes", async () => {
    const stream = incomingStream(0);
    const message = stream.receive();
    const bytes = streamBytes(pattern(20));
    stream.onData(0, bytes.subarray(0, -1), false);
    stream.onData(bytes.length - 1, bytes.subarray(-1), true);
    expect(await message).toEqual(pattern(20));
  });

  test("takes one reader at a time", async () => {
    const stream = incomingStream(0);
    const first = stream.receive();
    await expect(stream.receive()).rejects.toThrow(TypeError);
    stream.onData(0, streamBytes(pattern(1)), false);
    expect(await first).toEqual(pattern(1));
  });

  test("messages that nobody took are gone after a reset, not turned into zeros", async () => {
    const stream = incomingStream(0);
    stream.onData(0, streamBytes(pattern(3), pattern(4)), false);
    stream.reset(7);
    await expect(stream.receive()).rejects.toMatchObject({ kind: "stream-reset", code: 7 });
  });
});

describe("window", () => {
  test("a peer that sends beyond it breaks the protocol", () => {
    const stream = incomingStream(0);
    expect(() => stream.onData(1_000, new Uint8Array(25), false)).toThrow(
      violation("flow-control"),
    );
  });

  test("is opened again as messages are taken, not as they arrive", async () => {
    const { host, log } = recordingHost();
    const stream = incomingStream(0, { host, log });
    stream.onData(0, streamBytes(pattern(510), pattern(490)), false);
    expect(log).toEqual([]);
    await stream.receive();
    expect(log).toEqual(["credit 0 1540"]);
    expect(() => stream.onData(1_540, Uint8Array.of(0), false)).toThrow(violation("flow-control"));
  });

  test("is not opened any more once the peer's end is known", async () => {
    const { host, log } = recordingHost();
    const stream = incomingStream(0, { host, log });
    stream.onData(0, streamBytes(pattern(1_000)), true);
    await stream.receive();
    expect(log).toEqual([]);
  });

  test("a message larger than it is granted as a whole as soon as its length is known", () => {
    const { host, log } = recordingHost();
    const stream = incomingStream(0, { host, log });
    stream.onData(0, streamBytes(pattern(5_000)).subarray(0, 100), false);
    expect(log).toEqual(["credit 0 5006"]);
    expect(host.budget.freeBytes).toBe(995_000);
  });

  test("the memory of a large message is given back when it is taken", async () => {
    const { host, log } = recordingHost();
    const stream = incomingStream(0, { host, log });
    const bytes = streamBytes(pattern(5_000));
    stream.onData(0, bytes.subarray(0, 100), false);
    stream.onData(100, bytes.subarray(100), false);
    expect(host.budget.freeBytes).toBe(995_000);
    expect(await stream.receive()).toEqual(pattern(5_000));
    expect(host.budget.freeBytes).toBe(1_000_000);
  });

  test("the memory of a large message is given back when the stream fails", () => {
    const { host, log } = recordingHost();
    const stream = incomingStream(0, { host, log });
    stream.onData(0, streamBytes(pattern(5_000)).subarray(0, 100), false);
    stream.reset(1);
    expect(host.budget.freeBytes).toBe(1_000_000);
  });
});

describe("a peer that contradicts itself breaks the protocol", () => {
  test.each([
    ["data behind its end", (s: Stream) => s.onData(6, Uint8Array.of(1), false)],
    ["a second, other end", (s: Stream) => s.onData(0, Uint8Array.of(1, 0), true)],
  ])("%s", (_, go) => {
    const stream = incomingStream(0);
    stream.onData(0, streamBytes(new Uint8Array()), true);
    expect(() => go(stream)).toThrow(violation("final-size"));
  });

  test("an end before what it sent already", () => {
    const stream = incomingStream(0);
    stream.onData(0, streamBytes(pattern(10)), false);
    expect(() => stream.onData(0, streamBytes(pattern(2)), true)).toThrow(violation("final-size"));
  });

  test.each([1, 4, 5, 9])("an end %i bytes into a message of ten", (length) => {
    const stream = incomingStream(0);
    const cut = streamBytes(pattern(10)).subarray(0, 2 + length);
    expect(() => stream.onData(0, cut, true)).toThrow(violation("final-size"));
  });

  test("a message above what was agreed", () => {
    const claiming = (length: number): Uint8Array =>
      Uint8Array.from([1, 0, ...new Uint8Array(Uint32Array.of(length).buffer)]);
    expect(() => incomingStream(0).onData(0, claiming(100_000), false)).not.toThrow();
    for (const length of [100_001, 0xffff_ffff]) {
      expect(() => incomingStream(0).onData(0, claiming(length), false)).toThrow(
        violation("message-too-large"),
      );
    }
  });

  test("even behind a good message, which is still delivered", async () => {
    const record = recordingHost();
    const stream = incomingStream(0, record);
    const bytes = streamBytes(pattern(3), new Uint8Array()).with(12, 0xff);
    stream.onData(0, bytes, false);
    expect(await stream.receive()).toEqual(pattern(3));
    expect(record.log).toContain("violated message-too-large");
  });

  test("but the same end twice is no contradiction", () => {
    const stream = incomingStream(0);
    stream.onData(0, streamBytes(pattern(10)), true);
    expect(() => stream.onData(16, new Uint8Array(), true)).not.toThrow();
  });
});

describe("sending", () => {
  const opened = (record = recordingHost(), sendLimit = 100): Stream =>
    new Stream(record.host, { id: 3, sendLimit, protocol: 0x0102 });

  test("starts with the protocol number, then each message behind its length", () => {
    const stream = opened();
    stream.send(Uint8Array.of(7, 8));
    expect(written(stream).log).toEqual(["data 3 0 2,1,2,0,0,0,7,8"]);
  });

  test("was never delivered before the first byte left, and maybe from then on", () => {
    const stream = opened();
    stream.send(pattern(10));
    expect(stream.delivered).toBe("never");
    written(stream);
    expect(stream.delivered).toBe("maybe");
  });

  test("meets backpressure once the window is full, and can wait for it to open", async () => {
    const stream = opened();
    stream.send(pattern(94));
    expect(thrownBy(() => stream.send(pattern(1)))).toMatchObject({
      kind: "backpressure",
      delivered: "never",
    });
    let waited = false;
    const sent = stream.sendBlocking(pattern(1)).then(() => (waited = true));
    await Promise.resolve();
    expect(waited).toBe(false);
    stream.onCredit(101);
    await sent;
    expect(waited).toBe(true);
    expect(
      isTransportError(
        thrownBy(() => stream.send(pattern(1))),
        "backpressure",
      ),
    ).toBe(true);
  });

  test("a wait for room ends with its signal, and with the stream", async () => {
    const stream = opened();
    stream.send(pattern(200));
    const giveUp = new AbortController();
    const blocked = stream.sendBlocking(pattern(1), { signal: giveUp.signal });
    giveUp.abort(new Error("enough"));
    await expect(blocked).rejects.toThrow("enough");
    const writable = stream.writable();
    stream.reset(4);
    await expect(writable).rejects.toMatchObject({ kind: "stream-reset" });
    await expect(stream.writable()).rejects.toMatchObject({ kind: "stream-reset" });
  });

  test("is refused above what the peer takes, at any length below allowed", () => {
    const stream = opened(recordingHost({ peerMaxMessageBytes: 10 }));
    expect(thrownBy(() => stream.send(pattern(11)))).toMatchObject({ kind: "message-too-large" });
    expect(() => stream.send(pattern(10))).not.toThrow();
  });

  test("is not waited for any more once the stream was ended", async () => {
    const stream = opened();
    stream.send(pattern(200));
    const writable = stream.writable();
    const blocked = stream.sendBlocking(pattern(1));
    stream.end();
    await expect(writable).resolves.toBeUndefined();
    await expect(blocked).rejects.toMatchObject({ kind: "stream-ended" });
  });

  test("with the end is as both one after the other, and refused like a message", () => {
    const [whole, apart] = [opened(), opened()];
    whole.end(Uint8Array.of(7, 8));
    apart.send(Uint8Array.of(7, 8));
    apart.end();
    expect(written(whole).log).toEqual(written(apart).log);
    expect(thrownBy(() => whole.end(Uint8Array.of(9)))).toMatchObject({ kind: "stream-ended" });
    const full = opened();
    full.send(pattern(200));
    expect(thrownBy(() => full.end(pattern(1)))).toMatchObject({ kind: "backpressure" });
    expect(() => full.end()).not.toThrow();
  });

  test("is refused behind the end", async () => {
    const stream = opened();
    stream.end();
    stream.end();
    expect(thrownBy(() => stream.send(pattern(1)))).toMatchObject({ kind: "stream-ended" });
    await expect(stream.sendBlocking(pattern(1))).rejects.toMatchObject({ kind: "stream-ended" });
  });
});

describe("failing", () => {
  test("is told once to whoever listens, at once to whoever comes late", () => {
    const stream = incomingStream(0);
    const heard: TransportError[] = [];
    stream.onFailure((error) => heard.push(error));
    stream.reset(5);
    stream.reset(6);
    expect(heard.map(({ code }) => code)).toEqual([5]);
    stream.onFailure((error) => heard.push(error));
    expect(heard.map(({ code }) => code)).toEqual([5, 5]);
  });

  test("is told to all who listen, in order and once, although one of them throws", () => {
    const record = recordingHost();
    const stream = incomingStream(0, record);
    const heard: string[] = [];
    stream.onFailure(({ code }) => heard.push(`first ${code}`));
    stream.onFailure(() => {
      throw new Error("a bug of the application");
    });
    stream.onFailure(({ code }) => heard.push(`third ${code}`));
    stream.reset(5);
    stream.reset(6);
    expect(heard).toEqual(["first 5", "third 5"]);
    expect(record.log).toContain("threw Error: a bug of the application");
  });

  test("happens once: the first reason counts, and the session hears of one end", () => {
    const record = recordingHost();
    const stream = incomingStream(0, record);
    stream.reset(5, { notStarted: true });
    stream.reset(6);
    stream.end();
    expect(record.log).toEqual(["reset 0 5 not started", "finished 0"]);
    expect(stream.isOver).toBe(true);
  });

  test("is over even if whoever hears of it throws, which is reported", async () => {
    const record = recordingHost();
    const stream = incomingStream(0, record);
    const reading = stream.receive();
    stream.onFailure(() => {
      throw new Error("a bug of the application");
    });
    stream.reset(5);
    expect(record.log).toEqual([
      "reset 0 5",
      "finished 0",
      "threw Error: a bug of the application",
    ]);
    await expect(reading).rejects.toMatchObject({ kind: "stream-reset" });
  });

  test("is not told after a regular end", () => {
    const record = recordingHost();
    const stream = incomingStream(0, record);
    let failed = false;
    stream.onFailure(() => (failed = true));
    stream.onData(0, streamBytes(), true);
    stream.end();
    written(stream).frame?.onAcked();
    expect(record.log).toEqual(["send 0", "finished 0"]);
    stream.reset(9);
    expect(failed).toBe(false);
    expect(record.log).toHaveLength(2);
  });
});

function thrownBy(fn: () => void): unknown {
  try {
    fn();
  } catch (error) {
    return error;
  }
  return undefined;
}
