import { describe, expect, test } from "vitest";

import { type RecoveryHandler, RecoveryRegistry } from "../../src/recovery/recovery-registry.ts";

describe("tryRunAll", () => {
  test("collects recovered slots and drops handlers that throw", () => {
    const registry = new RecoveryRegistry();
    expect(registry.isEmpty()).toBe(true);
    let callsA = 0;
    let callsB = 0;
    registry.register(() => {
      callsA++;
      return [0, 1];
    });
    registry.register(() => {
      callsB++;
      throw new Error("the handler fails");
    });
    expect(registry.len()).toBe(2);

    expect(registry.tryRunAll()).toEqual([0, 1]);
    expect(registry.len()).toBe(1);
    expect([callsA, callsB]).toEqual([1, 1]);

    expect(registry.tryRunAll()).toEqual([0, 1]);
    expect(registry.len()).toBe(1);
    expect([callsA, callsB]).toEqual([2, 1]);
  });

  test("lets a handler register another one, which runs the next time", () => {
    const registry = new RecoveryRegistry();
    let invoked = 0;
    registry.register(() => {
      registry.register(() => [99]);
      invoked++;
      return [7];
    });
    expect(registry.len()).toBe(1);

    expect(registry.tryRunAll()).toEqual([7]);
    expect(invoked).toBe(1);
    expect(registry.len()).toBe(2);

    expect(registry.tryRunAll().toSorted((a, b) => a - b)).toEqual([7, 99]);
  });

  test("takes registrations from inside a long handler at once and keeps them", () => {
    const registry = new RecoveryRegistry();
    let inHandler = 0;
    const lengths: number[] = [];
    registry.register(() => {
      inHandler++;
      for (let i = 0; i < 1_000; i++) lengths.push(registry.register(() => [42]));
      return [0];
    });
    expect(registry.tryRunAll()).toEqual([0]);
    expect(inHandler).toBe(1);
    expect(lengths.slice(0, 3)).toEqual([1, 2, 3]);
    expect(registry.len()).toBe(1_001);
  });

  test("counts only newcomers while it runs, because the list is taken out", () => {
    const registry = new RecoveryRegistry();
    const seen: unknown[] = [];
    registry.register(() => {
      seen.push(
        registry.len(),
        registry.isEmpty(),
        registry.register(() => []),
        registry.len(),
      );
      return [];
    });
    registry.tryRunAll();
    expect(seen).toEqual([0, true, 1, 1]);
    expect(registry.len()).toBe(2);
  });

  test("run from inside a handler sees newcomers only, and both merges keep everything", () => {
    const registry = new RecoveryRegistry();
    const order: string[] = [];
    registry.register(() => {
      order.push("outer");
      if (order.length === 1) {
        registry.register(() => {
          order.push("newcomer");
          return [5];
        });
        order.push(`inner ${registry.tryRunAll().join()}`);
      }
      return [1];
    });
    registry.register(() => {
      order.push("last");
      return [2];
    });
    expect(registry.tryRunAll()).toEqual([1, 2]);
    expect(order).toEqual(["outer", "newcomer", "inner 5", "last"]);
    expect(registry.len()).toBe(3);
    expect(registry.tryRunAll()).toEqual([1, 2, 5]);
  });

  test("keeps survivors before newcomers", () => {
    const registry = new RecoveryRegistry();
    registry.register(() => {
      if (registry.isEmpty()) registry.register(() => [3]);
      return [1];
    });
    registry.register(() => [2]);
    registry.tryRunAll();
    expect(registry.tryRunAll()).toEqual([1, 2, 3]);
  });

  test("runs a function as often as it was registered, and evicts each entry for itself", () => {
    const registry = new RecoveryRegistry();
    let calls = 0;
    const handler: RecoveryHandler = () => {
      calls++;
      if (calls === 3) throw new Error("once");
      return [calls];
    };
    expect([registry.register(handler), registry.register(handler)]).toEqual([1, 2]);
    expect(registry.tryRunAll()).toEqual([1, 2]);
    expect(registry.tryRunAll()).toEqual([4]);
    expect(registry.len()).toBe(1);
  });

  test("evicts for whatever is thrown, and says so once for each", () => {
    const thrown = [undefined, null, "text", 17, { odd: true }];
    const heard: unknown[] = [];
    const registry = new RecoveryRegistry({ onEvicted: (error) => heard.push(error) });
    for (const value of thrown) {
      registry.register(() => {
        // oxlint-disable-next-line typescript/only-throw-error -- anything may be thrown
        throw value;
      });
    }
    expect(registry.tryRunAll()).toEqual([]);
    expect(registry.isEmpty()).toBe(true);
    expect(heard).toEqual(thrown);
  });

  test("evicts a handler that answers later or with something else", async () => {
    const heard: unknown[] = [];
    const registry = new RecoveryRegistry({ onEvicted: (error) => heard.push(error) });
    const rejected = async (): Promise<never> => Promise.reject(new Error("nobody hears this"));
    for (const handler of [rejected, () => undefined, () => [1, "2"], () => "1"] as unknown[]) {
      registry.register(handler as RecoveryHandler);
    }
    registry.register(() => [9]);
    expect(registry.tryRunAll()).toEqual([9]);
    expect(registry.len()).toBe(1);
    expect(heard.map((error) => error instanceof TypeError)).toEqual([true, true, true, true]);
    // An unhandled rejection would fail the run here.
    await new Promise((resolve) => setTimeout(resolve, 0));
  });

  test("loses nobody to a listener that throws", () => {
    const registry = new RecoveryRegistry({
      onEvicted: () => {
        throw new Error("the listener fails as well");
      },
    });
    registry.register(() => [1]);
    registry.register(() => {
      throw new Error("evicted");
    });
    registry.register(() => [2]);
    expect(registry.tryRunAll()).toEqual([1, 2]);
    expect(registry.len()).toBe(2);
  });

  test("runs ten thousand handlers in their order", () => {
    const registry = new RecoveryRegistry();
    for (let i = 0; i < 10_000; i++) registry.register(() => [i]);
    const recovered = registry.tryRunAll();
    expect(recovered).toHaveLength(10_000);
    expect(recovered.every((slot, i) => slot === i)).toBe(true);
    expect(registry.len()).toBe(10_000);
  });

  test("reports more slots than a call has room for arguments", () => {
    const registry = new RecoveryRegistry();
    registry.register(() => Array.from({ length: 200_000 }, () => 1));
    expect(registry.tryRunAll()).toHaveLength(200_000);
  });
});

test("printing a registry shows the number of handlers and none of them", () => {
  const registry = new RecoveryRegistry();
  registry.register(() => []);
  expect(String(registry)).toBe("RecoveryRegistry(1 handlers)");
  expect(JSON.stringify(registry)).toBe('{"handlers":1}');
});
