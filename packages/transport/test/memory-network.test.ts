import { datagramConformance, ManualClock } from "@selvage/testing";
import { describe, expect, test } from "vitest";

import { createMemoryNetwork } from "../src/memory/index.ts";

describe("the memory driver", () => {
  const checks = datagramConformance({
    setup: () => {
      const clock = new ManualClock();
      const network = createMemoryNetwork({ clock });
      const [a, b] = [network.bind("a:1"), network.bind("b:1")];
      return Promise.resolve({
        a,
        b,
        deadAddress: "c:1",
        until: (condition) => clock.runUntil(condition),
        settle: () => clock.advance(0),
        dispose: async () => {
          await a.close();
          await b.close();
        },
      });
    },
  });

  test.each(checks)("$name", async (check) => {
    await expect(check.run()).resolves.toBeUndefined();
  });
});

test("an address is bound once, and free again after its driver closed", async () => {
  const network = createMemoryNetwork({ clock: new ManualClock() });
  const first = network.bind("a:1");
  expect(() => network.bind("a:1")).toThrow(expect.objectContaining({ kind: "bind" }));
  await first.close();
  const second = network.bind("a:1");
  await first.close();
  expect(() => network.bind("a:1")).toThrow(expect.objectContaining({ kind: "bind" }));
  await second.close();
});

test("networks know nothing of each other", async () => {
  const clock = new ManualClock();
  const [one, other] = [createMemoryNetwork({ clock }), createMemoryNetwork({ clock })];
  const [sender, receiver] = [one.bind("a:1"), other.bind("b:1")];
  let arrived = 0;
  receiver.listen({ onDatagram: () => arrived++, onError: () => {} });
  sender.send(new Uint8Array(1), "b:1");
  await clock.advance(1);
  expect(arrived).toBe(0);
});
