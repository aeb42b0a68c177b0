import fc from "fast-check";
import { expect, test } from "vitest";

import { ByteWriter } from "../src/packet/bytes-io.ts";
import { SendBuffer, type SendRange } from "../src/stream/send-buffer.ts";
import { pattern } from "./world.ts";

const step = fc.oneof(
  { weight: 3, arbitrary: fc.record({ type: fc.constant("push" as const), n: fc.nat(40) }) },
  { weight: 5, arbitrary: fc.record({ type: fc.constant("send" as const), n: fc.nat(25) }) },
  { weight: 3, arbitrary: fc.record({ type: fc.constant("ack" as const), n: fc.nat(9) }) },
  { weight: 3, arbitrary: fc.record({ type: fc.constant("lose" as const), n: fc.nat(9) }) },
  { weight: 1, arbitrary: fc.record({ type: fc.constant("suspect" as const), n: fc.nat(9) }) },
  { weight: 2, arbitrary: fc.record({ type: fc.constant("allow" as const), n: fc.nat(500) }) },
);

test("every byte arrives once it can, whatever is lost, repeated or late", () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 120 }), (steps) => {
      const buffer = new SendBuffer(50);
      const written: number[] = [];
      const arrived: number[] = [];
      let limit = 50;
      let end: number | undefined;
      const inFlight: SendRange[] = [];
      const send = (room: number): boolean => {
        const hadWork = buffer.hasWork;
        const range = buffer.take(room);
        if (room > 0) expect(range !== undefined).toBe(hadWork);
        if (range === undefined) return false;
        expect(range.length).toBeLessThanOrEqual(room);
        expect(range.offset + range.length).toBeLessThanOrEqual(Math.min(limit, written.length));
        const writer = new ByteWriter(new Uint8Array(range.length));
        buffer.copy(range, writer);
        expect([...writer.bytes]).toEqual(written.slice(range.offset, range.offset + range.length));
        inFlight.push(range);
        return true;
      };
      const acknowledge = (range: SendRange): void => {
        for (let at = range.offset; at < range.offset + range.length; at++) {
          arrived[at] = written[at]!;
        }
        if (range.fin) end = range.offset + range.length;
        buffer.onAcked(range);
      };
      for (const { type, n } of steps) {
        if (type === "push") {
          written.push(n, 0, ...pattern(n));
          buffer.pushNumber(n, 2);
          buffer.push(pattern(n));
        } else if (type === "send") send(n);
        else if (type === "allow") {
          buffer.allow(n);
          limit = Math.max(limit, n);
        } else {
          const range = inFlight[n % Math.max(1, inFlight.length)];
          if (range === undefined) continue;
          if (type !== "suspect") inFlight.splice(inFlight.indexOf(range), 1);
          if (type === "ack") acknowledge(range);
          else buffer.onLost(range);
        }
        expect(buffer.isFull).toBe(written.length >= limit);
      }
      buffer.end();
      buffer.allow(10_000);
      limit = Math.max(limit, 10_000);
      for (const range of inFlight.splice(0)) acknowledge(range);
      while (send(30)) for (const range of inFlight.splice(0)) acknowledge(range);
      expect(arrived).toEqual(written);
      expect(end).toBe(written.length);
      expect(buffer.isDone).toBe(true);
    }),
    { numRuns: 500 },
  );
});
