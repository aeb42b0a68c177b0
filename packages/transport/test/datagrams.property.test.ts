import fc from "fast-check";
import { expect, test } from "vitest";

import { ByteWriter } from "../src/packet/bytes-io.ts";
import type { SentFrame } from "../src/recovery/sent-packets.ts";
import type { ControlFrame } from "../src/session/control-queue.ts";
import { dispatchFrames } from "../src/session/ingress.ts";
import { Stream } from "../src/stream/stream.ts";
import { recordingSink } from "./recording-sink.ts";
import { recordingHost } from "./stream-bench.ts";
import { pattern } from "./world.ts";

const WINDOW_BYTES = 3_000;

/** Two ends of a stream, and a path between them that loses what it is told to. */
class LossyPath {
  readonly #control: ControlFrame[] = [];
  readonly #sender: Stream;
  readonly #receiver: Stream;
  readonly #isLost: () => boolean;
  #credit: number | undefined;
  delivered = 0;

  constructor(isLost: () => boolean) {
    this.#isLost = isLost;
    const ours = recordingHost({ sendControl: (frame) => void this.#control.push(frame) });
    const theirs = recordingHost({
      windowBytes: WINDOW_BYTES,
      wantsCredit: ({ creditLimit }) => void (this.#credit = creditLimit),
    });
    const reliability = "fire-and-forget";
    const parts = { id: 0, sendLimit: WINDOW_BYTES };
    this.#sender = new Stream(ours.host, { ...parts, protocol: 7, reliability });
    this.#receiver = new Stream(theirs.host, parts);
  }

  /** Sends if there is room; answers whether there was. */
  offer(length: number): boolean {
    return this.#sender.trySend(pattern(length));
  }

  /** Everything that waits travels, and its fate becomes known; then the receiver reads. */
  async exchange(): Promise<void> {
    while (this.#sender.hasWork) {
      const writer = new ByteWriter(new Uint8Array(1_170));
      this.#carry(writer, this.#sender.write(writer, 1_170));
    }
    for (const frame of this.#control.splice(0)) {
      const writer = new ByteWriter(new Uint8Array(1_170));
      frame.write(writer);
      this.#carry(writer, { onLost: () => frame.onLost(), onAcked: () => frame.onAcked?.() });
    }
    // A lost limit is announced again, as it is then.
    if (this.#credit !== undefined && !this.#isLost()) {
      this.#sender.onCredit(this.#credit);
      this.#credit = undefined;
    }
    while (this.#receiver.stats().unreadBytes > 0) {
      await this.#receiver.receive();
      this.delivered++;
    }
  }

  #carry(writer: ByteWriter, frame: SentFrame | undefined): void {
    if (this.#isLost()) {
      frame?.onLost();
      return;
    }
    const { sink } = recordingSink();
    dispatchFrames(writer.bytes.subarray(0, writer.at), {
      ...sink,
      onDatagram: (_, protocol, offset, message) =>
        void this.#receiver.onDatagram(protocol, offset, message),
      onDatagramOffset: (_, protocol, offset, isEnd) =>
        void this.#receiver.onDatagramOffset(protocol, offset, isEnd),
    });
    frame?.onAcked();
  }
}

test("whatever is lost, credit comes back: half of all, for long, stalls nothing", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.infiniteStream(fc.boolean()),
      fc.array(fc.integer({ min: 0, max: 1_024 }), { minLength: 50, maxLength: 400 }),
      async (losses, lengths) => {
        const path = new LossyPath(() => losses.next().value === true);
        for (const length of lengths) {
          let rounds = 0;
          while (!path.offer(length)) {
            await path.exchange();
            rounds++;
            // Each round gets through with one half: so many in a row are no bad luck.
            expect(rounds).toBeLessThan(200);
          }
        }
        await path.exchange();
        expect(path.delivered).toBeLessThanOrEqual(lengths.length);
      },
    ),
    { numRuns: 40 },
  );
});

test("without loss everything arrives", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.integer({ min: 0, max: 1_024 }), { maxLength: 300 }),
      async (all) => {
        const path = new LossyPath(() => false);
        for (const length of all) {
          while (!path.offer(length)) await path.exchange();
        }
        await path.exchange();
        expect(path.delivered).toBe(all.length);
      },
    ),
  );
});
