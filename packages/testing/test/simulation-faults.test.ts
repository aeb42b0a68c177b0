import { describe, expect, test } from "vitest";

import { createSimulation } from "../src/index.ts";
import { socket } from "./helpers.ts";

describe("kill", () => {
  test("cuts clock and sockets without running any code of the node", async () => {
    const sim = createSimulation({ seed: 1 });
    const [a, b] = [sim.node("a"), sim.node("b")];
    const [from, to] = [socket(a), socket(b)];
    const seen: string[] = [];
    b.clock.setTimeout(() => seen.push("timer"), 5);
    b.clock.endOfTurn(() => seen.push("end"));
    void b.clock.sleep(5).finally(() => seen.push("slept"));
    from.send("under way", to);
    sim.kill(b);
    await sim.runFor(100);
    expect([seen, to.heard, b.pendingTimers]).toEqual([[], [], 0]);
    expect(sim.stats().dropped["no-receiver"]).toBe(1);
  });

  test("leaves the dead code's clock and socket without effect", async () => {
    const sim = createSimulation({ seed: 1 });
    const [a, b] = [sim.node("a"), sim.node("b")];
    const [from, to] = [socket(a), socket(b)];
    sim.kill("a");
    const { clock } = a;
    const diedAt = clock.now();
    clock.setTimeout(() => expect.unreachable(), 1)[Symbol.dispose]();
    clock.setTimeout(() => expect.unreachable(), 1);
    clock.endOfTurn(() => expect.unreachable());
    expect(from.send("from the grave", to)).toBe(false);
    await sim.runFor(50);
    expect(clock.now()).toBe(diedAt);
    expect(to.heard).toEqual([]);
    expect(a.state).toBe("killed");
    expect(() => a.bind()).toThrow('node "a" was killed');
    expect(() => sim.run(a, () => {})).toThrow('node "a" was killed');
  });

  test("in the middle of a batch delivers no more of it", async () => {
    const sim = createSimulation({ seed: 1 });
    const [a, b] = [sim.node("a"), sim.node("b")];
    const from = socket(a);
    const to = socket(b, () => sim.kill(b));
    from.send("1", to);
    from.send("2", to);
    await sim.runFor(10);
    expect(to.heard).toEqual(["1"]);
  });

  test("rejects what was started on the node from outside", async () => {
    const sim = createSimulation({ seed: 1 });
    const a = sim.node("a");
    const running = sim.run(a, () => a.clock.sleep(1000));
    sim.after(5, () => sim.kill(a));
    await expect(sim.settle(running)).rejects.toMatchObject({ kind: "killed" });
    expect(sim.now).toBe(5);
  });
});

describe("restart", () => {
  test("gives a new life at the same address, with another clock and other randomness", async () => {
    const sim = createSimulation({ seed: 1 });
    const [a, b] = [sim.node("a"), sim.node("b")];
    const from = socket(a);
    const first = socket(b);
    const drawn = [b.random.next(), b.entropy.bytes(8)];
    const reborn = sim.restart(b);
    const second = socket(reborn);
    expect(second.address).toBe(first.address);
    expect(reborn.incarnation).toBe(2);
    expect([reborn.random.next(), reborn.entropy.bytes(8)]).not.toEqual(drawn);
    from.send("x", second);
    await sim.runFor(10);
    expect([first.heard, second.heard]).toEqual([[], ["x"]]);
    expect([b.state, reborn.state]).toEqual(["killed", "running"]);
    expect(reborn.clock.now()).not.toBe(b.clock.now());
  });
});

describe("freeze", () => {
  test("fills the receive buffer to its bound, and thawing delivers what is in it", async () => {
    const sim = createSimulation({ seed: 1 });
    const [a, b] = [sim.node("a"), sim.node("b")];
    const [from, to] = [socket(a), socket(b)];
    sim.freeze(b);
    for (let i = 0; i < 200; i++) from.send("x".repeat(1200), to);
    await sim.runFor(1000);
    expect(to.heard).toHaveLength(0);
    sim.thaw(b);
    await sim.runFor(1);
    // What Linux' default buffer of 212,992 bytes really holds.
    expect(to.heard).toHaveLength(92);
    expect(sim.stats().dropped["receive-buffer"]).toBe(108);
    from.send("room again", to);
    await sim.runFor(5);
    expect(to.heard).toHaveLength(93);
  });

  test("lets overdue timers and datagrams come in an order that depends on the seed", async () => {
    const orders = new Set<string>();
    for (let seed = 0; seed < 20; seed++) {
      const sim = createSimulation({ seed });
      const [a, b] = [sim.node("a"), sim.node("b")];
      const seen: string[] = [];
      const from = socket(a);
      const to = socket(b, (content) => seen.push(content));
      sim.freeze(b);
      b.clock.setTimeout(() => seen.push(`timer ${sim.now}`), 10);
      from.send("datagram", to);
      sim.after(500, () => sim.thaw(b));
      await sim.runFor(600);
      expect(seen.toSorted()).toEqual(["datagram", "timer 500"]);
      orders.add(seen.join());
    }
    expect(orders.size).toBe(2);
  });

  test("holds back turns started from outside", async () => {
    const sim = createSimulation({ seed: 1 });
    const a = sim.node("a");
    sim.freeze(a);
    const run = sim.run(a, () => sim.now);
    sim.after(70, () => sim.thaw(a));
    expect(await sim.settle(run)).toBe(70);
  });
});

describe("clocks", () => {
  test("run at the speed and from the wall time of their machine", async () => {
    const sim = createSimulation({ seed: 1, wallStartMs: 1_000_000 });
    const fast = sim.node("fast", { skewPpm: 10_000, wallOffsetMs: 500 });
    const exact = sim.node("exact");
    const [fastStart, exactStart] = [fast.clock.now(), exact.clock.now()];
    const fired: string[] = [];
    fast.clock.setTimeout(() => fired.push(`fast at ${sim.now.toFixed(0)}`), 1010);
    exact.clock.setTimeout(() => fired.push(`exact at ${sim.now}`), 1010);
    await sim.runFor(1100);
    expect(fired).toEqual(["fast at 1000", "exact at 1010"]);
    expect(fast.clock.now() - fastStart).toBeCloseTo(1111, 6);
    expect(exact.clock.now() - exactStart).toBe(1100);
    expect(exact.clock.wallNow()).toBe(1_001_100);
    expect(fast.clock.wallNow()).toBeCloseTo(1_001_611, 6);
  });

  test("never fire a timer before their own time", async () => {
    const sim = createSimulation({ seed: 1 });
    for (const skewPpm of [-333, 0, 77, 12_345]) {
      const { clock } = sim.node(`skew ${skewPpm}`, { skewPpm });
      for (const ms of [1, 3.3, 10.1, 777.77]) {
        const started = clock.now();
        clock.setTimeout(() => {
          expect(clock.now() - started).toBeGreaterThanOrEqual(ms - 1e-9);
          expect(clock.now() - started).toBeLessThan(ms + 0.01);
        }, ms);
      }
    }
    await sim.runFor(1000);
    expect(sim.stats().timers).toBe(16);
  });

  test("round timers below a millisecond up to one, as Node does", async () => {
    const sim = createSimulation({ seed: 1 });
    const { clock } = sim.node("a");
    const fired: number[] = [];
    clock.setTimeout(() => fired.push(sim.now), 0);
    await sim.runFor(5);
    expect(fired).toEqual([1]);
  });

  test("show another wall time after a step, in later lives too, and no other monotonic time", async () => {
    const sim = createSimulation({ seed: 1, wallStartMs: 10_000_000 });
    const a = sim.node("a", { wallOffsetMs: 500 });
    const b = sim.node("b");
    const started = a.clock.now();
    const fired: number[] = [];
    a.clock.setTimeout(() => fired.push(sim.now), 100);
    await sim.runFor(40);
    sim.stepWall(a, -7_200_000);
    expect([a.clock.now() - started, a.clock.wallNow()]).toEqual([40, 2_800_540]);
    await sim.runFor(60);
    expect([fired, b.clock.wallNow()]).toEqual([[100], 10_000_100]);
    sim.kill(a);
    sim.stepWall("a", 3_600_000);
    expect(sim.restart(a).clock.wallNow()).toBe(6_400_600);
    expect(() => sim.stepWall("a", Number.NaN)).toThrow("ms must be finite, got NaN");
  });

  test("stand still while the machine sleeps, and the wall clock jumps", async () => {
    const sim = createSimulation({ seed: 1, wallStartMs: 0 });
    const [a, b] = [sim.node("a"), sim.node("b")];
    const [from, to] = [socket(a), socket(b)];
    const started = b.clock.now();
    const fired: number[] = [];
    b.clock.setTimeout(() => fired.push(sim.now), 100);
    await sim.runFor(40);
    sim.suspend(b, 1000);
    from.send("while asleep", to);
    await sim.runFor(1000);
    expect([b.clock.now() - started, b.clock.wallNow()]).toEqual([40, 1040]);
    from.send("awake", to);
    await sim.runFor(100);
    expect(fired).toEqual([1100]);
    expect(to.heard).toEqual(["awake"]);
    expect(sim.stats().dropped.asleep).toBe(1);
  });

  test("of a node killed in its sleep stay dead when the sleep would have ended", async () => {
    const sim = createSimulation({ seed: 1 });
    const b = sim.node("b");
    b.clock.setTimeout(() => expect.unreachable(), 10);
    sim.suspend(b, 50);
    sim.kill(b);
    await sim.runFor(200);
    expect(b.state).toBe("killed");
  });
});
