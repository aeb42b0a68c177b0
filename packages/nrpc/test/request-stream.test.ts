import { describe, expect, test } from "vitest";

import type { RequestSink } from "../src/client/outgoing-requests.ts";
import { RequestStream } from "../src/client/request-stream.ts";
import { DEFAULT_REPLAY_BUFFER_BYTES } from "../src/index.ts";

const HEAD = new Uint8Array();

/** What a provider hears of requests. */
class Sink implements RequestSink {
  readonly heard: number[] = [];
  hasEnded = false;
  isLost = false;
  /** What the next message waits for. */
  room: Promise<void> = Promise.resolve();

  send(): void {}

  async sendBlocking(message: Uint8Array): Promise<void> {
    await this.room;
    if (this.isLost) throw new Error("the stream is lost");
    this.heard.push(message[0] ?? -1);
  }

  end(): void {
    this.hasEnded = true;
  }
}

/** Requests that come when the test says so; each has a number and a size. */
class Source {
  readonly #waiting: ((result: IteratorResult<Uint8Array, undefined>) => void)[] = [];
  readonly #failing: ((error: unknown) => void)[] = [];
  isLeft = false;

  [Symbol.asyncIterator](): AsyncIterator<Uint8Array, undefined> {
    return {
      next: () =>
        new Promise((resolve, reject) => {
          this.#waiting.push(resolve);
          this.#failing.push(reject);
        }),
      return: () => {
        this.isLeft = true;
        return Promise.resolve({ done: true, value: undefined });
      },
    };
  }

  async give(number: number, bytes = 1): Promise<void> {
    this.#failing.shift();
    this.#waiting.shift()?.({ done: false, value: new Uint8Array(bytes).fill(number) });
    await settled();
  }

  async end(): Promise<void> {
    this.#failing.shift();
    this.#waiting.shift()?.({ done: true, value: undefined });
    await settled();
  }

  async fail(error: unknown): Promise<void> {
    this.#waiting.shift();
    this.#failing.shift()?.(error);
    await settled();
  }
}

function fail(reason: unknown): never {
  throw reason;
}

async function settled(): Promise<void> {
  for (let i = 0; i < 50; i++) await Promise.resolve();
}

const bytesOf = (request: unknown): Promise<Uint8Array> => Promise.resolve(request as Uint8Array);

describe("while a second attempt is told the requests from the beginning", () => {
  test("what the first one had asked for goes to the second, behind what came before", async () => {
    const source = new Source();
    const requests = new RequestStream(source, bytesOf);
    const [first, second] = [new Sink(), new Sink()];
    requests.sendOn(first, HEAD, fail);
    await settled();
    await source.give(1);
    await source.give(2);
    first.isLost = true;
    requests.sendOn(second, HEAD, fail);
    await source.give(3);
    await source.end();
    expect([second.heard, second.hasEnded]).toEqual([[1, 2, 3], true]);
    expect(first.hasEnded).toBe(false);
  });

  test("nothing is forgotten that it has not heard, though it is more than is kept", async () => {
    const source = new Source();
    const requests = new RequestStream(source, bytesOf);
    const [first, second] = [new Sink(), new Sink()];
    requests.sendOn(first, HEAD, fail);
    await settled();
    await source.give(1);
    await source.give(2);
    first.isLost = true;
    let makeRoom = (): void => {};
    second.room = new Promise((resolve) => (makeRoom = resolve));
    requests.sendOn(second, HEAD, fail);
    await source.give(3, DEFAULT_REPLAY_BUFFER_BYTES);
    expect(requests.isCommitted).toBe(false);
    makeRoom();
    await settled();
    expect(requests.isCommitted).toBe(true);
    await source.end();
    expect([second.heard, second.hasEnded]).toEqual([[1, 2, 3], true]);
  });

  test("what comes between the two is said behind the rest, though it is more than is kept", async () => {
    const source = new Source();
    const requests = new RequestStream(source, bytesOf);
    const [first, second] = [new Sink(), new Sink()];
    const telling = requests.sendOn(first, HEAD, fail);
    await settled();
    await source.give(1);
    await source.give(2);
    telling[Symbol.dispose]();
    await source.give(3, DEFAULT_REPLAY_BUFFER_BYTES);
    expect(requests.isCommitted).toBe(false);
    requests.sendOn(second, HEAD, fail);
    await settled();
    expect(requests.isCommitted).toBe(true);
    await source.give(4);
    await source.end();
    expect([second.heard, second.hasEnded]).toEqual([[1, 2, 3, 4], true]);
  });

  test("a failure of the requests that the first one saw fails the second, too", async () => {
    const source = new Source();
    const requests = new RequestStream(source, bytesOf);
    const [first, second] = [new Sink(), new Sink()];
    const failures: unknown[] = [];
    requests.sendOn(first, HEAD, () => {});
    await settled();
    await source.give(1);
    first.isLost = true;
    let makeRoom = (): void => {};
    second.room = new Promise((resolve) => (makeRoom = resolve));
    requests.sendOn(second, HEAD, (error) => void failures.push(error));
    await source.fail("the source broke");
    makeRoom();
    await settled();
    expect(failures).toEqual(["the source broke"]);
    expect([second.heard, second.hasEnded]).toEqual([[1], false]);
  });
});

describe("requests whose call is over", () => {
  test("are left, and what was said of them does not look like all there is", async () => {
    const source = new Source();
    const requests = new RequestStream(source, bytesOf);
    const sink = new Sink();
    requests.sendOn(sink, HEAD, fail);
    await settled();
    await source.give(1);
    requests.close();
    await source.give(2);
    expect([source.isLeft, sink.heard, sink.hasEnded]).toEqual([true, [1], false]);
  });

  test("are left although one of them could not be encoded", async () => {
    const source = new Source();
    const requests = new RequestStream(source, () => Promise.reject(new Error("not bytes")));
    const failures: unknown[] = [];
    requests.sendOn(new Sink(), HEAD, (error) => void failures.push(error));
    await settled();
    await source.give(1);
    requests.close();
    expect([source.isLeft, failures]).toEqual([true, [new Error("not bytes")]]);
  });
});
