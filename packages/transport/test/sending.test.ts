import { ManualClock } from "@selvage/testing";
import { describe, expect, test } from "vitest";

import { Stream } from "../src/stream/stream.ts";
import { recordingHost } from "./stream-bench.ts";
import { pattern } from "./world.ts";

/** A stream whose window is full. */
function fullStream(): { readonly clock: ManualClock; readonly stream: Stream } {
  const clock = new ManualClock();
  const { host } = recordingHost({ clock });
  const stream = new Stream(host, { id: 1, sendLimit: 100, protocol: 1 });
  stream.send(pattern(100));
  return { clock, stream };
}

/** What became of it, once there is something. */
function outcome(work: Promise<void>): { state: unknown } {
  const seen: { state: unknown } = { state: "waiting" };
  work.then(
    () => (seen.state = "sent"),
    (error: unknown) => (seen.state = error),
  );
  return seen;
}

describe("sending with retries", () => {
  test("sends at once when there is room", async () => {
    const { host } = recordingHost();
    const stream = new Stream(host, { id: 1, sendLimit: 100, protocol: 1 });
    await stream.sendWithRetry(pattern(5));
    expect(stream.stats().messagesSent).toBe(1);
  });

  test("tries after 5, 10, 20, 40, 80, 160, 200 and 200 ms, then reports backpressure", async () => {
    const { clock, stream } = fullStream();
    const seen = outcome(stream.sendWithRetry(pattern(5)));
    await clock.advance(714);
    expect(seen.state).toBe("waiting");
    await clock.advance(1);
    expect(seen.state).toMatchObject({ kind: "backpressure", retryable: true });
    expect(stream.stats().messagesSent).toBe(1);
  });

  test("sends at the attempt after the window has opened", async () => {
    const { clock, stream } = fullStream();
    const seen = outcome(stream.sendWithRetry(pattern(5)));
    await clock.advance(20);
    stream.onCredit(150);
    await clock.advance(14);
    expect(seen.state).toBe("waiting");
    await clock.advance(1);
    expect(seen.state).toBe("sent");
  });

  test("tries as often as told, not at all again with 0", async () => {
    const { clock, stream } = fullStream();
    await expect(stream.sendWithRetry(pattern(5), { retries: 0 })).rejects.toMatchObject({
      kind: "backpressure",
    });
    const seen = outcome(stream.sendWithRetry(pattern(5), { retries: 2 }));
    await clock.advance(15);
    expect(seen.state).toMatchObject({ kind: "backpressure" });
  });

  test("reports any other error at once", async () => {
    const { clock, stream } = fullStream();
    await expect(stream.sendWithRetry(pattern(100_001))).rejects.toMatchObject({
      kind: "message-too-large",
    });
    const seen = outcome(stream.sendWithRetry(pattern(5)));
    stream.reset(9);
    await clock.advance(5);
    expect(seen.state).toMatchObject({ kind: "stream-reset", code: 9 });
  });

  test("ends with its signal, before it begins and while it waits", async () => {
    const { clock, stream } = fullStream();
    const giveUp = new AbortController();
    const { signal } = giveUp;
    const seen = outcome(stream.sendWithRetry(pattern(5), { signal }));
    await clock.advance(3);
    giveUp.abort("enough");
    await clock.advance(0);
    expect(seen.state).toBe("enough");
    await expect(stream.sendWithRetry(pattern(5), { signal })).rejects.toBe("enough");
  });

  test.each([-1, 0.5, Number.NaN])("%d retries are refused", async (retries) => {
    await expect(fullStream().stream.sendWithRetry(pattern(1), { retries })).rejects.toThrow(
      /^retries must be a whole number from 0/,
    );
  });
});
