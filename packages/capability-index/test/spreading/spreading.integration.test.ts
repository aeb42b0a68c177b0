import { describe, expect, test } from "vitest";

import { CapabilitySet, isCapabilityError, VERSION_MEMORY_MS } from "../../src/index.ts";
import { found, SpreadWorld, tagsOf } from "./world.ts";

describe("a mesh", () => {
  test("of twenty that joined through one knows everybody everywhere", async () => {
    const world = new SpreadWorld();
    const stations = await world.mesh(20);
    expect(stations.map((at) => found(at).length)).toEqual(stations.map(() => 20));
  });

  test("keeps few neighbours, however large it is", async () => {
    const world = new SpreadWorld();
    const stations = await world.mesh(24);
    await world.sim.runFor(12_000);
    const degrees = stations.slice(1).map(({ announcer }) => announcer.stats().neighbours);
    const mean = degrees.reduce((sum, degree) => sum + degree, 0) / degrees.length;
    expect(mean).toBeLessThanOrEqual(8);
    expect(Math.min(...degrees)).toBeGreaterThanOrEqual(4);
  });

  test("that lost the node it met through hears news all the same", async () => {
    const world = new SpreadWorld();
    const [first, ...others] = await world.mesh(12);
    await world.sim.runFor(5_000);
    if (first !== undefined) world.sim.kill(first.node);
    await world.sim.runFor(20_000);
    const [speaker] = others;
    if (speaker !== undefined) await world.announce(speaker, ["news"]);
    await world.sim.runFor(1_000);
    const heard = others.filter((at) => at.index.find({ tags: ["news"] }).length === 1);
    expect(heard.length).toBe(others.length);
  });

  test("agrees under 20 % loss", async () => {
    const world = new SpreadWorld("loss", { lossRate: 0.2, jitterMs: 20 });
    const stations = await world.mesh(10);
    for (const at of stations) await world.announce(at, [`i-am-${at.name}`]);
    await world.sim.runFor(10_000);
    const heard = stations.map((at) => stations.map((other) => tagsOf(at, other)));
    expect(heard).toEqual(stations.map(() => stations.map(({ name }) => [`i-am-${name}`])));
  });
});

describe("a partition", () => {
  test("of which both sides changed heals, with what was withdrawn gone", async () => {
    const world = new SpreadWorld();
    const stations = await world.mesh(8);
    const left = stations.slice(0, 4);
    const right = stations.slice(4);
    const [leaver, changer] = right;
    if (leaver === undefined || changer === undefined) throw new Error("too few");
    for (const a of left) for (const b of right) world.sim.network.partition(a.node, b.node);
    await world.sim.runFor(15_000);
    await world.announce(changer, ["changed"]);
    await world.act(leaver, () => leaver.announcer.close());
    world.sim.kill(leaver.node);
    await world.sim.runFor(5_000);
    world.sim.network.heal();
    const rest = stations.filter((at) => at !== leaver);
    await world.untilAgreed(rest, 7);
    expect(rest.map((at) => tagsOf(at, changer))).toEqual(rest.map(() => ["changed"]));
    expect(rest.map((at) => tagsOf(at, leaver))).toEqual(rest.map(() => undefined));
  });

  test("that outlasts all lifetimes heals too: whoever expired is tried still", async () => {
    const world = new SpreadWorld();
    const stations = await world.mesh(6, { ttlSeconds: 30 });
    const [a, b] = [stations.slice(0, 3), stations.slice(3)];
    for (const x of a) for (const y of b) world.sim.network.partition(x.node, y.node);
    await world.sim.runFor(200_000);
    expect(stations.map((at) => found(at).length)).toEqual([3, 3, 3, 3, 3, 3]);
    world.sim.network.heal();
    await world.untilAgreed(stations, 6);
  });

  test("of one node hides it from those who talked to it, and shows it again", async () => {
    const world = new SpreadWorld();
    const stations = await world.mesh(5);
    const [lone, ...others] = stations;
    if (lone === undefined) throw new Error("too few");
    world.sim.network.isolate(lone.node);
    await world.sim.runUntil(() => others.every((at) => tagsOf(at, lone) === undefined));
    expect(others.every((at) => at.index.isHidden(lone.nodeId))).toBe(true);
    world.sim.network.heal();
    await world.untilAgreed(stations, 5);
  });
});

test("who is hidden is dialled until it is back, whatever others tell of it meanwhile", async () => {
  const world = new SpreadWorld();
  const stations = await world.mesh(14, { relay: { forward: false } });
  await world.sim.runFor(2_000);
  const [, lost] = stations;
  // A node that has no other reason to dial it than that it once did.
  const stranger = stations.find(
    ({ transport }) =>
      transport.peer(lost?.nodeId as never) === undefined && transport.nodeId !== lost?.nodeId,
  );
  if (lost === undefined || stranger === undefined) throw new Error("too few");
  await world.act(stranger, () => stranger.transport.connect({ address: lost.transport.address }));
  world.sim.network.isolate(lost.node);
  await world.sim.runFor(80_000);
  expect(stranger.index.isHidden(lost.nodeId)).toBe(true);
  world.sim.network.heal();
  world.sim.network.partition(stranger.node, lost.node);
  await world.sim.runFor(16_000);
  await world.announce(lost, ["alive"]);
  await world.sim.runFor(1_000);
  world.sim.network.heal();
  await world.sim.runFor(20_000);
  expect(stranger.index.isHidden(lost.nodeId)).toBe(false);
  expect(tagsOf(stranger, lost)).toEqual(["alive"]);
});

describe("a restarted node", () => {
  test("outdoes its former self though its clock went back meanwhile", async () => {
    const world = new SpreadWorld();
    const stations = await world.mesh(4);
    const [, second, third] = stations;
    if (second === undefined || third === undefined) throw new Error("too few");
    await world.announce(second, ["before"]);
    await world.sim.runFor(1_000);
    world.sim.kill(second.node);
    const life = world.sim.restart(second.node);
    world.sim.stepWall(life, -3_600_000);
    const again = world.start(life);
    await world.join(again, third);
    await world.announce(again, ["after"]);
    const rest = [...stations.filter((at) => at !== second), again];
    await world.sim.runUntil(() => rest.every((at) => tagsOf(at, again)?.[0] === "after"), 5_000);
    expect(again.twins).toEqual([]);
  });

  test("hears of its former self also from the only neighbour, whom it told itself", async () => {
    const world = new SpreadWorld();
    const [first, second] = await world.mesh(2);
    if (first === undefined || second === undefined) throw new Error("too few");
    await world.announce(second, ["before"]);
    await world.sim.runFor(1_000);
    world.sim.kill(second.node);
    const life = world.sim.restart(second.node);
    world.sim.stepWall(life, -3_600_000);
    const again = world.start(life);
    await world.join(again, first);
    await world.announce(again, ["after"]);
    await world.sim.runFor(5_000);
    expect(tagsOf(first, again)).toEqual(["after"]);
  });

  test("gets back what it had passed on to those who ask it", async () => {
    const world = new SpreadWorld();
    const config = { rankedNeighbours: 0 };
    const names = ["far", "between", "near"];
    const [far, between, near] = names.map((name) => world.start(name, config));
    if (far === undefined || between === undefined || near === undefined)
      throw new Error("too few");
    await world.join(far, between);
    await world.join(near, between);
    await world.untilAgreed([far, between, near]);
    world.sim.kill(between.node);
    const again = world.start(world.sim.restart(between.node), config);
    world.sim.network.partition(far.node, again.node);
    await world.join(again, near);
    await world.sim.runFor(5_000);
    expect(tagsOf(again, far)).toEqual([]);
  });

  test("outdoes it even when that has expired everywhere, and only its version is remembered", async () => {
    const world = new SpreadWorld();
    const stations = await world.mesh(4, { ttlSeconds: 30 });
    const [, second, third] = stations;
    if (second === undefined || third === undefined) throw new Error("too few");
    await world.sim.runFor(1_000);
    world.sim.kill(second.node);
    await world.sim.runFor(40_000);
    expect(third.index.stored(second.nodeId)).toBeUndefined();
    const life = world.sim.restart(second.node);
    world.sim.stepWall(life, -3_600_000);
    const again = world.start(life, { ttlSeconds: 30 });
    await world.join(again, third);
    await world.announce(again, ["after"]);
    const rest = [...stations.filter((at) => at !== second), again];
    await world.sim.runUntil(() => rest.every((at) => tagsOf(at, again)?.[0] === "after"), 5_000);
    expect(again.twins).toEqual([]);
  });

  test("is found again by those who had hidden it", async () => {
    const world = new SpreadWorld();
    const stations = await world.mesh(4);
    const [, second, third] = stations;
    if (second === undefined || third === undefined) throw new Error("too few");
    await world.sim.runUntil(() => third.transport.peer(second.nodeId) !== undefined);
    world.sim.kill(second.node);
    await world.sim.runUntil(() => third.index.isHidden(second.nodeId));
    const again = world.start(world.sim.restart(second.node));
    await world.join(again, third);
    await world.untilAgreed([...stations.filter((at) => at !== second), again], 4);
    expect(third.index.isHidden(second.nodeId)).toBe(false);
  });
});

test("two living processes with one identity hear of each other", async () => {
  const world = new SpreadWorld();
  const [first] = await world.mesh(2);
  if (first === undefined) throw new Error("too few");
  // Both are known to the mesh, yet they never meet.
  const one = world.start("one", { identity: "shared", rankedNeighbours: 0 });
  const far = world.start("far");
  await world.join(far, first);
  const two = world.start("two", { identity: "shared", rankedNeighbours: 0 });
  await world.join(one, first);
  await world.join(two, far);
  await world.sim.runUntil(() => one.twins.length > 0 && two.twins.length > 0, 20_000);
  expect(one.twins[0]?.bootId).toBe(two.transport.bootId);
  expect(two.twins[0]?.bootId).toBe(one.transport.bootId);
});

test("a goodbye reaches everybody at once, and nobody forgets it while it matters", async () => {
  const world = new SpreadWorld();
  const stations = await world.mesh(3);
  await world.sim.runFor(1_000);
  const leaver = stations.at(-1);
  if (leaver === undefined) throw new Error("too few");
  await world.act(leaver, () => leaver.announcer.close());
  const rest = stations.slice(0, -1);
  await world.sim.runUntil(() => rest.every((at) => tagsOf(at, leaver) === undefined), 100);
  await world.sim.runFor(VERSION_MEMORY_MS / 2);
  expect(rest.every((at) => at.index.stored(leaver.nodeId)?.tombstone === true)).toBe(true);
  await world.sim.runFor(VERSION_MEMORY_MS / 2);
  expect(rest.every((at) => at.index.stored(leaver.nodeId) === undefined)).toBe(true);
});

describe("a node that changes its mind often", () => {
  test("is told of at a pace that the mesh can bear, always with the newest", async () => {
    const world = new SpreadWorld();
    const [first, second] = await world.mesh(2);
    if (first === undefined || second === undefined) throw new Error("too few");
    await world.sim.runFor(20_000);
    const before = first.announcer.stats().told;
    for (let i = 0; i < 400; i++) {
      await world.announce(first, [`state-${i}`]);
      expect(tagsOf(first, first)).toEqual([`state-${i}`]);
      await world.sim.runFor(50);
    }
    await world.sim.runFor(2_000);
    expect(tagsOf(second, first)).toEqual(["state-399"]);
    // A burst of ten, and one per second for 22 s.
    expect(first.announcer.stats().told - before).toBeLessThanOrEqual(33);
  });

  test("within 20 ms, tells it as one", async () => {
    const world = new SpreadWorld();
    const [first, second] = await world.mesh(2);
    if (first === undefined || second === undefined) throw new Error("too few");
    await world.sim.runFor(20_000);
    const before = first.announcer.stats().told;
    for (let i = 0; i < 5; i++) await world.announce(first, [`state-${i}`]);
    await world.sim.runFor(30);
    expect(tagsOf(second, first)).toEqual(["state-4"]);
    expect(first.announcer.stats().told).toBe(before + 1);
  });

  test("does not wait with what is urgent, whatever it told before", async () => {
    const world = new SpreadWorld();
    const [first, second] = await world.mesh(2);
    if (first === undefined || second === undefined) throw new Error("too few");
    for (let i = 0; i < 40; i++) {
      await world.announce(first, [`state-${i}`]);
      await world.sim.runFor(25);
    }
    await world.announce(first, ["urgent"], true);
    await world.sim.runFor(5);
    expect(tagsOf(second, first)).toEqual(["urgent"]);
  });
});

test("what is too large for receivers is refused, and what was announced before goes on", async () => {
  const world = new SpreadWorld();
  const [first] = await world.mesh(1);
  if (first === undefined) throw new Error("too few");
  await world.announce(first, ["before"]);
  const tags = Array.from({ length: 70 }, (_, i) => `${i}-`.padEnd(1_000, "x"));
  const tooMuch = CapabilitySet.empty.withTags(...tags);
  let thrown: unknown;
  try {
    first.announcer.announce(tooMuch);
  } catch (error) {
    thrown = error;
  }
  expect(isCapabilityError(thrown, "oversize")).toBe(true);
  expect(first.announcer.capabilities.tags).toEqual(["before"]);
});

test("a closed announcer leaves no timer and no feed behind, here or there", async () => {
  const world = new SpreadWorld();
  const [first, second] = await world.mesh(2);
  if (first === undefined || second === undefined) throw new Error("too few");
  await world.act(first, () => first.announcer.close());
  await world.act(first, () => first.transport.close());
  await world.sim.runFor(1_000);
  expect(first.node.pendingTimers).toBe(0);
  expect(second.announcer.stats().neighbours).toBe(0);
  first.announcer.announce(CapabilitySet.empty.withTags("late"));
  expect(first.index.find({ tags: ["late"] })).toEqual([]);
});

test.each([
  [{ ttlSeconds: 29 }, "ttlSeconds must be a whole number from 30 to 900, got 29"],
  [{ ttlSeconds: 30.5 }, "ttlSeconds must be a whole number from 30 to 900, got 30.5"],
  [{ rankedNeighbours: 17 }, "rankedNeighbours must be a whole number from 0 to 16, got 17"],
  [{ rankedNeighbours: 2.5 }, "rankedNeighbours must be a whole number from 0 to 16, got 2.5"],
])("%o is refused", (config, message) => {
  expect(() => new SpreadWorld().start("a", config)).toThrow(message);
});
