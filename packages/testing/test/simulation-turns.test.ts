import { describe, expect, test } from "vitest";

import { createSimulation, SimulationError } from "../src/index.ts";
import { socket, text } from "./helpers.ts";

describe("a turn", () => {
  test("is one timer, then its microtasks, then the end-of-turn callbacks", async () => {
    const sim = createSimulation({ seed: 1 });
    const { clock } = sim.node("a");
    const seen: string[] = [];
    for (const name of ["x", "y"]) {
      clock.setTimeout(() => {
        seen.push(`${name} timer`);
        clock.endOfTurn(() => seen.push(`${name} end`));
        void Promise.resolve()
          .then(() => Promise.resolve())
          .then(() => seen.push(`${name} microtask`));
      }, 10);
    }
    await sim.runFor(10);
    expect(seen).toEqual(["x timer", "x microtask", "x end", "y timer", "y microtask", "y end"]);
    expect(sim.stats().turns).toBe(2);
  });

  test("delivers at most 32 datagrams before the end-of-turn callbacks", async () => {
    const sim = createSimulation({ seed: 1 });
    const [a, b] = [sim.node("a"), sim.node("b")];
    const batches: number[] = [];
    let batch = 0;
    const to = socket(b, () => {
      if (batch++ === 0) {
        b.clock.endOfTurn(() => {
          batches.push(batch);
          batch = 0;
        });
      }
    });
    const from = socket(a);
    await sim.run(a, () => {
      for (let i = 0; i < 70; i++) from.send(String(i), to);
    });
    await sim.runFor(5);
    expect(batches).toEqual([32, 32, 6]);
    expect(to.heard).toEqual(Array.from({ length: 70 }, (_, i) => String(i)));
  });

  test("leaves what an end-of-turn callback queues to the next turn, at the same time", async () => {
    const sim = createSimulation({ seed: 1 });
    const [a, b] = [sim.node("a"), sim.node("b")];
    const seen: string[] = [];
    const from = socket(a);
    const to = socket(b, (content) => {
      seen.push(content);
      if (content !== "first") return;
      b.clock.endOfTurn(() => {
        seen.push("end 1");
        b.clock.endOfTurn(() => seen.push(`end 2 after ${sim.stats().turns - turns} turns`));
      });
    });
    await sim.run(a, () => {
      // 33 datagrams: the last one waits for the second turn.
      from.send("first", to);
      for (let i = 0; i < 31; i++) from.send("more", to);
      from.send("thirty-third", to);
    });
    const turns = sim.stats().turns;
    await sim.runFor(1);
    expect(seen.slice(31)).toEqual(["more", "end 1", "thirty-third", "end 2 after 2 turns"]);
  });

  test("comes at the same time, without input, for a nested end-of-turn callback", async () => {
    const sim = createSimulation({ seed: 1 });
    const { clock } = sim.node("a");
    const started = clock.now();
    const seen: number[] = [];
    clock.setTimeout(() => {
      clock.endOfTurn(() => clock.endOfTurn(() => seen.push(clock.now() - started)));
    }, 3);
    await sim.runFor(3);
    expect(seen).toEqual([3]);
    expect(sim.stats().turns).toBe(2);
  });

  test("can be started from outside", async () => {
    const sim = createSimulation({ seed: 1 });
    const a = sim.node("a");
    const seen: string[] = [];
    const result = await sim.run(a, () => {
      a.clock.endOfTurn(() => seen.push("end"));
      seen.push("run");
      return 7;
    });
    await sim.runFor(0);
    expect(result).toBe(7);
    expect(seen).toEqual(["run", "end"]);
    await expect(sim.run(a, () => Promise.reject(new Error("no")))).rejects.toThrow("no");
  });

  test("may take time, which delays what comes next at that node only", async () => {
    const sim = createSimulation({ seed: 1 });
    const [a, b] = [sim.node("a"), sim.node("b")];
    const seen: string[] = [];
    const times = new Map([a, b].map((node) => [node, node.clock.now()]));
    for (const node of [a, b]) {
      node.clock.setTimeout(() => {
        seen.push(`${node.name} ${node.clock.now() - (times.get(node) ?? 0)}`);
      }, 20);
    }
    a.clock.setTimeout(() => {
      a.spend(50);
      expect(a.clock.now() - (times.get(a) ?? 0)).toBe(60);
    }, 10);
    await sim.runFor(100);
    expect(seen).toEqual(["b 20", "a 60"]);
  });
});

describe("driving", () => {
  test("settles a promise that needs time to pass", async () => {
    const sim = createSimulation({ seed: 1 });
    const a = sim.node("a");
    const slept = sim.run(a, async () => {
      await a.clock.sleep(500);
      return sim.now;
    });
    expect(await sim.settle(slept)).toBe(500);
    expect(a.pendingTimers).toBe(0);
  });

  test("says when a promise or a condition takes too long", async () => {
    const sim = createSimulation({ seed: 1 });
    await expect(sim.settle(new Promise(() => {}), 100)).rejects.toMatchObject({ kind: "limit" });
    await expect(sim.runUntil(() => false, 100)).rejects.toMatchObject({ kind: "limit" });
    expect(sim.now).toBe(200);
  });

  test("takes overlapping drivers one after the other", async () => {
    const sim = createSimulation({ seed: 1 });
    await Promise.all([sim.runFor(10), sim.runFor(20)]);
    expect(sim.now).toBe(30);
  });

  test("ends for good when code of a node throws where a process would end", async () => {
    const sim = createSimulation({ seed: 1 });
    const a = sim.node("a");
    a.clock.setTimeout(() => {
      throw new Error("bug");
    }, 5);
    const failure = await sim.runFor(10).catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(SimulationError);
    expect(failure).toMatchObject({ kind: "crash", cause: { message: "bug" } });
    expect(String(failure)).toContain('node "a" threw at 5 ms');
    await expect(sim.runFor(1)).rejects.toBe(failure);
  });

  test("notices a node that never lets time pass", async () => {
    const sim = createSimulation({ seed: 1 });
    const { clock } = sim.node("a");
    const again = (): void => clock.endOfTurn(again);
    again();
    await expect(sim.runFor(1)).rejects.toMatchObject({ kind: "livelock" });
  });

  test("calls scripted faults at their time, unless they were taken back", async () => {
    const sim = createSimulation({ seed: 1 });
    const seen: number[] = [];
    sim.after(20, () => seen.push(sim.now));
    sim.after(10, () => seen.push(sim.now));
    sim.after(15, () => seen.push(sim.now))[Symbol.dispose]();
    await sim.runFor(30);
    expect(seen).toEqual([10, 20]);
  });

  test("refuses wrong arguments by name", () => {
    const sim = createSimulation({ seed: 1 });
    const a = sim.node("a");
    a.bind({ port: 7000 });
    expect(() => sim.node("a")).toThrow('there is a node "a" already');
    expect(() => sim.kill("b")).toThrow('there is no node "b"');
    expect(() => a.bind({ port: 7000 })).toThrow("port 7000 of a is taken");
    expect(() => a.bind({ port: 0 })).toThrow("port must be a whole number from 1 to 65535, got 0");
    expect(() => a.spend(-1)).toThrow("ms must be 0 or more, got -1");
    expect(() => sim.network.linkAll({ lossRate: 2 })).toThrow("lossRate must be between 0 and 1");
    expect(() => sim.network.linkAll({ latencyMs: -1 })).toThrow("latencyMs must be 0 or more");
  });
});

describe("bytes", () => {
  test("are overwritten for whoever must not look at them any more", async () => {
    const sim = createSimulation({ seed: 1 });
    const [a, b] = [sim.node("a"), sim.node("b")];
    let kept = new Uint8Array();
    const to = b.bind();
    to.listen({
      onDatagram: (bytes) => {
        kept = bytes as Uint8Array<ArrayBuffer>;
      },
      onError: () => {},
    });
    const sent = text("mine");
    await sim.run(a, () => a.bind().send(sent, to.address));
    expect(sent).toEqual(new Uint8Array(4).fill(0xdd));
    await sim.runFor(5);
    expect(kept).toEqual(new Uint8Array(4).fill(0xdd));
  });

  test("that come before anybody listens wait in the receive buffer", async () => {
    const sim = createSimulation({ seed: 1 });
    const [a, b] = [sim.node("a"), sim.node("b")];
    const to = b.bind();
    const from = socket(a);
    from.send("early", to);
    await sim.runFor(10);
    const heard: number[] = [];
    await sim.run(b, () => {
      to.listen({ onDatagram: (bytes) => heard.push(bytes.length), onError: () => {} });
    });
    await sim.runFor(0);
    expect(heard).toEqual([5]);
    expect(() => to.listen({ onDatagram: () => {}, onError: () => {} })).toThrow(TypeError);
  });
});
