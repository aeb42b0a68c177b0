import fc from "fast-check";
import { describe, expect, test } from "vitest";

import { ProtocolViolation } from "../src/packet/protocol-violation.ts";
import { StreamTable } from "../src/stream/stream-table.ts";
import { Stream } from "../src/stream/stream.ts";
import { incomingStream, recordingHost } from "./stream-bench.ts";

/** The responder's table: the peer's ids are even, ours odd. */
function tableOf({ localLimit = 100, maxRemoteOpen = 8 } = {}): StreamTable {
  return new StreamTable({
    role: "responder",
    localLimit,
    maxRemoteOpen,
    create: (id) => incomingStream(id),
  });
}

const idsOf = (table: StreamTable): number[] => [...table.streams].map(({ id }) => id);

describe("streams of the peer", () => {
  test("an id opens all lower unopened ones", () => {
    const table = tableOf();
    expect(table.receive(4)?.id).toBe(4);
    expect(idsOf(table)).toEqual([0, 2, 4]);
    expect(table.remoteOpened).toBe(3);
    expect(table.receive(2)?.id).toBe(2);
  });

  test("a finished id never opens again", () => {
    const table = tableOf();
    table.remove(table.receive(0)!);
    expect(table.receive(0)).toBeUndefined();
    expect(table.peek(0)).toBeUndefined();
    table.receive(6);
    expect(table.receive(0)).toBeUndefined();
    expect(idsOf(table)).toEqual([2, 4, 6]);
  });

  test("beyond the announced limit are a violation, and open nothing", () => {
    const table = tableOf({ maxRemoteOpen: 3 });
    expect(table.receive(4)?.id).toBe(4);
    expect(() => table.receive(6)).toThrow(new ProtocolViolation("stream-limit"));
    expect(() => table.receive(2 ** 53 - 2)).toThrow(new ProtocolViolation("stream-limit"));
    expect(table.size).toBe(3);
  });

  test("get new credit once a quarter of the limit is finished", () => {
    const table = tableOf({ maxRemoteOpen: 8 });
    for (let id = 0; id < 16; id += 2) table.receive(id);
    expect(table.remove(table.peek(0)!)).toBe(false);
    expect(table.remove(table.peek(2)!)).toBe(true);
    expect(table.announceLimit()).toBe(10);
    expect(table.receive(18)?.id).toBe(18);
    expect(() => table.receive(20)).toThrow(new ProtocolViolation("stream-limit"));
  });

  test("credit comes back for each one where only one may be open", () => {
    const table = tableOf({ maxRemoteOpen: 1 });
    for (let id = 0; id < 10; id += 2) {
      expect(table.remove(table.receive(id)!)).toBe(true);
      table.announceLimit();
    }
    expect(table.remoteOpened).toBe(5);
  });
});

describe("streams of ours", () => {
  test("have consecutive ids up to the peer's limit", () => {
    const table = tableOf({ localLimit: 2 });
    expect([1, 2, 3].map(() => table.nextLocalId())).toEqual([1, 3, undefined]);
    table.onMaxStreams(1);
    expect(table.nextLocalId()).toBeUndefined();
    table.onMaxStreams(3);
    expect([table.nextLocalId(), table.nextLocalId()]).toEqual([5, undefined]);
  });

  test("that were never opened cannot be spoken of", () => {
    const table = tableOf();
    table.nextLocalId();
    expect(table.receive(1)).toBeUndefined();
    expect(() => table.receive(3)).toThrow(new ProtocolViolation("stream-state"));
  });

  test("from the first that the peer does not take on are found", () => {
    const table = tableOf();
    const { host } = recordingHost();
    for (let i = 0; i < 4; i++) {
      table.add(new Stream(host, { id: table.nextLocalId()!, sendLimit: 100, protocol: 1 }));
    }
    table.receive(6);
    expect([...table.refusedFrom(2)].map(({ id }) => id)).toEqual([5, 7]);
    expect([...table.refusedFrom(Number.MAX_SAFE_INTEGER)]).toEqual([]);
  });

  test("need no credit from us when they finish", () => {
    const table = tableOf({ maxRemoteOpen: 1 });
    const stream = new Stream(recordingHost().host, { id: 1, sendLimit: 100, protocol: 1 });
    table.add(stream);
    expect(table.remove(stream)).toBe(false);
  });
});

test("counts watched streams while they are open", () => {
  const table = tableOf();
  const { host } = recordingHost();
  const watched = new Stream(host, { id: 1, sendLimit: 100, protocol: 1, watched: true });
  table.add(watched);
  table.add(new Stream(host, { id: 3, sendLimit: 100, protocol: 1 }));
  expect([table.size, table.watched]).toEqual([2, 1]);
  table.remove(watched);
  table.remove(watched);
  expect([table.size, table.watched]).toEqual([1, 0]);
});

test("never has more of the peer's streams open than announced, and none twice", () => {
  const step = fc.record({ finish: fc.boolean(), number: fc.nat(40) });
  fc.assert(
    fc.property(fc.array(step, { maxLength: 200 }), (steps) => {
      const table = tableOf({ maxRemoteOpen: 6 });
      const opened = new Set<Stream>();
      const finished = new Set<number>();
      for (const { finish, number } of steps) {
        const id = 2 * number;
        if (finish) {
          const stream = table.peek(id);
          if (stream === undefined) continue;
          finished.add(id);
          if (table.remove(stream)) table.announceLimit();
          continue;
        }
        try {
          const stream = table.receive(id);
          expect(stream === undefined).toBe(finished.has(id));
        } catch (error) {
          expect(error).toEqual(new ProtocolViolation("stream-limit"));
        }
        for (const stream of table.streams) opened.add(stream);
        expect(table.size).toBeLessThanOrEqual(6);
      }
      const ids = [...opened].map(({ id }) => id);
      expect(new Set(ids).size).toBe(ids.length);
    }),
  );
});
