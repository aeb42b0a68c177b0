import { describe, expect, test } from "vitest";

import {
  type Announcement,
  createAnnouncement,
  encodeAnnouncement,
  MAX_HOPS,
} from "../../src/index.ts";
import { announce, bootId, identity } from "../fixtures.ts";
import { RawMember } from "./raw-member.ts";
import { identityOf, PSK, SpreadWorld, type Station, tagsOf } from "./world.ts";

/** A station that others say things to, and one that it passes news on to. */
async function bench(): Promise<{
  readonly world: SpreadWorld;
  readonly victim: Station;
  readonly bystander: Station;
  readonly member: RawMember;
  /** What the member announces of itself, truthfully. */
  own(version: number, tags?: readonly string[]): Announcement;
}> {
  const world = new SpreadWorld();
  const [victim, bystander] = await world.mesh(2, { rankedNeighbours: 0 });
  if (victim === undefined || bystander === undefined) throw new Error("too few");
  const member = new RawMember(world, PSK);
  await member.open(victim);
  await world.sim.runFor(50);
  const wallMs = (): number => victim.node.clock.wallNow();
  return {
    world,
    victim,
    bystander,
    member,
    own: (version, tags = []) =>
      createAnnouncement(member.identity, {
        bootId: bootId(1),
        version,
        wallMs: wallMs(),
        capabilities: announce(1, { tags }).capabilities,
      }),
  };
}

describe("a member that lies", () => {
  test("about who it is convinces nobody, and loses its feed if it goes on", async () => {
    const { world, victim, bystander, member } = await bench();
    const wallMs = victim.node.clock.wallNow();
    const foreign = createAnnouncement(identity(5), { bootId: bootId(1), version: 1, wallMs });
    await member.announce(foreign);
    await world.sim.runFor(50);
    expect(victim.announcer.stats().dropped["not-sender"]).toBe(1);
    expect(member.ended).toBeUndefined();
    const forged = { ...foreign, hopCount: 1, signature: new Uint8Array(64) };
    for (let i = 0; i < 40; i++) await member.announce(forged);
    await world.sim.runFor(50);
    expect(member.ended).toMatchObject({ kind: "stream-reset", code: 4 });
    expect(victim.announcer.stats().dropped["bad-signature"]).toBe(31);
    expect([victim, bystander].map((at) => at.index.find().length)).toEqual([2, 2]);
  });

  test("in bytes that mean nothing is counted, and cut off", async () => {
    const { world, victim, member } = await bench();
    for (let i = 0; i < 40; i++) await member.sayBytes(new Uint8Array(20).fill(0xff - i));
    await world.sim.runFor(50);
    expect(member.ended).toMatchObject({ kind: "stream-reset", code: 4 });
    expect(victim.announcer.stats()).toMatchObject({ refused: 32, neighbours: 1 });
  });

  test("about what it holds makes its neighbour compare, at longer and longer intervals", async () => {
    const { world, victim, member } = await bench();
    const before = victim.announcer.stats().syncs;
    for (let second = 0; second < 120; second++) {
      for (let i = 0; i < 5; i++) await member.say({ tableDigest: new Uint8Array(8).fill(second) });
      await world.sim.runFor(1_000);
    }
    const syncs = victim.announcer.stats().syncs - before;
    expect(syncs).toBeGreaterThan(5);
    expect(syncs).toBeLessThan(60);
  });
});

describe("a member that lies about what is not signed", () => {
  test.each([
    ["age, before it is over", { ageMs: 200_000, hopCount: 1 }, 150_000],
    ["age, after it seemed over", { ageMs: 299_900, hopCount: 1 }, 5_000],
    ["hops", { ageMs: 0, hopCount: MAX_HOPS }, 5_000],
  ])("of an announcement (its %s) is corrected by any honest copy", async (_, lie, untilMs) => {
    const world = new SpreadWorld();
    const [hub] = await world.mesh(1, { rankedNeighbours: 0, ttlSeconds: 300 });
    const [near, far] = ["near", "far"].map((name) => world.start(name, { rankedNeighbours: 0 }));
    if (hub === undefined || near === undefined || far === undefined) throw new Error("too few");
    await world.join(far, near);
    const member = new RawMember(world, PSK);
    await member.open(near);
    const identity = identityOf("speaker");
    const wallMs = hub.node.clock.wallNow();
    const said = createAnnouncement(identity, { bootId: bootId(1), version: 1, wallMs });
    hub.index.apply(said, { via: far.nodeId });
    await member.say({ announcement: encodeAnnouncement({ ...said, ...lie }) });
    await world.sim.runFor(1_000);
    await world.join(near, hub);
    await world.sim.runFor(untilMs);
    expect([near, far].map((at) => at.index.get(identity.nodeId)?.version)).toEqual([1, 1]);
  });

  test("cannot make it live longer than from its first arrival on", async () => {
    const { world, victim, member } = await bench();
    const wallMs = victim.node.clock.wallNow();
    const signer = identity(5);
    const said = createAnnouncement(signer, { bootId: bootId(1), version: 1, wallMs });
    await member.announce({ ...said, hopCount: 1, ageMs: 100_000 });
    for (let seconds = 0; seconds <= 300; seconds += 5) {
      await member.announce({ ...said, hopCount: 1 });
      await world.sim.runFor(5_000);
    }
    expect(victim.index.get(signer.nodeId)).toBeUndefined();
  });
});

describe("a member that asks too much", () => {
  test("for comparisons is answered a few times, then now and then", async () => {
    const { world, victim, member } = await bench();
    const outline = { bits: 4, digests: new Uint8Array(128).fill(1) };
    const refusedBefore = victim.announcer.stats().refused;
    for (let i = 0; i < 50; i++) await member.say({ outline });
    await world.sim.runFor(100);
    const answered = member.heard.filter(({ range }) => range !== undefined).length;
    expect(answered).toBeGreaterThanOrEqual(4 * 16);
    expect(answered).toBeLessThanOrEqual(6 * 16);
    expect(victim.announcer.stats().refused - refusedBefore).toBeGreaterThanOrEqual(44);
  });

  test("for announcements that were not listed gets none", async () => {
    const { world, victim, member } = await bench();
    await world.sim.runFor(1_000);
    const before = member.heard.length;
    await member.say({ wanted: [member.nodeIdBytes] });
    await world.sim.runFor(100);
    expect(member.heard.slice(before).filter((m) => m.announcement !== undefined)).toEqual([]);
    expect(victim.announcer.stats().refused).toBe(1);
  });

  test("by answers to what was never asked is not heard", async () => {
    const { world, victim, member } = await bench();
    await world.sim.runFor(15_000);
    const before = victim.announcer.stats().refused;
    const range = { from: new Uint8Array(16), before: new Uint8Array(0), items: [] };
    await member.say({ range });
    await member.say({ range: { ...range, from: new Uint8Array(3) } });
    await member.say({ outline: { bits: 9, digests: new Uint8Array(8) } });
    await world.sim.runFor(100);
    expect(victim.announcer.stats().refused - before).toBe(3);
  });
});

describe("a member that announces without end", () => {
  test("is believed, and passed on, no more than so often", async () => {
    const { world, victim, bystander, member, own } = await bench();
    for (let version = 1; version <= 500; version++) await member.announce(own(version));
    await world.sim.runFor(100);
    const { rateLimited } = victim.announcer.stats();
    expect(rateLimited).toBeGreaterThan(400);
    const [entry] = bystander.index.find().filter((e) => e.nodeId === member.identity.nodeId);
    expect(entry?.version).toBeLessThan(100);
    await world.sim.runFor(5_000);
    await member.announce(own(501, ["last"]));
    await world.sim.runFor(100);
    expect(bystander.index.find({ tags: ["last"] }).length).toBe(1);
  });

  test("and does not read costs its neighbour no memory: it gets the newest when it does", async () => {
    const world = new SpreadWorld();
    const [victim] = await world.mesh(1, { rankedNeighbours: 0 });
    if (victim === undefined) throw new Error("too few");
    const member = new RawMember(world, PSK);
    await member.open(victim, { reads: false });
    const filler = "x".repeat(1_000);
    for (let i = 0; i < 300; i++) {
      await world.announce(
        victim,
        [...Array(20).keys()].map((n) => `${n}-${filler}`).concat(`state-${i}`),
        true,
      );
      await world.sim.runFor(150);
    }
    member.read();
    await world.sim.runFor(1_000);
    const told = member.heard.filter(({ announcement }) => announcement !== undefined).length;
    expect(told).toBeLessThan(20);
    expect(tagsOf(victim, victim)?.at(-1)).toBe("state-299");
    expect(
      new TextDecoder().decode(member.heard.findLast((m) => m.announcement)?.announcement),
    ).toContain("state-299");
  });
});

test("who passes on what is old is told what is new", async () => {
  const { world, bystander, victim, member } = await bench();
  await world.announce(bystander, ["new"]);
  await world.sim.runFor(3_000);
  const stored = victim.index.stored(bystander.nodeId);
  if (stored === undefined) throw new Error("nothing stored");
  const heardBefore = member.heard.length;
  const old = createAnnouncement(identityOf(bystander.name), {
    bootId: bystander.transport.bootId,
    version: 5,
    wallMs: victim.node.clock.wallNow(),
  });
  await member.announce({ ...old, hopCount: 1 });
  await world.sim.runFor(50);
  const answers = member.heard.slice(heardBefore).filter((m) => m.announcement !== undefined);
  expect(answers.length).toBe(1);
});

test("a node that everybody turns to makes room for newcomers, not for those who only just came", async () => {
  const world = new SpreadWorld();
  const [hub] = await world.mesh(1, { rankedNeighbours: 0 });
  if (hub === undefined) throw new Error("too few");
  const members: RawMember[] = [];
  for (let i = 0; i < 66; i++) {
    const member = new RawMember(world, PSK, 100 + i);
    members.push(member);
    await member.open(hub);
  }
  await world.sim.runFor(50);
  expect(hub.announcer.stats().neighbours).toBe(64);
  expect(members.slice(-2).map(({ ended }) => ended)).toMatchObject([{ code: 3 }, { code: 3 }]);
  await world.sim.runFor(6_000);
  const late = new RawMember(world, PSK, 200);
  await late.open(hub);
  await world.sim.runFor(50);
  expect(late.ended).toBeUndefined();
  expect(members[0]?.ended).toMatchObject({ code: 3 });
  expect(hub.announcer.stats().neighbours).toBe(64);
});

test("who has our key and claims the last version is reported, and breaks nothing", async () => {
  const { world, victim, bystander, member } = await bench();
  const last = createAnnouncement(identityOf(victim.name), {
    bootId: bootId(7),
    version: Number.MAX_SAFE_INTEGER,
    wallMs: victim.node.clock.wallNow(),
  });
  await member.announce({ ...last, hopCount: 1 });
  await world.sim.runFor(50);
  expect(victim.twins).toEqual([{ bootId: bootId(7) }]);
  expect(member.ended).toBeUndefined();
  expect(victim.announcer.stats().neighbours).toBe(2);
  await world.announce(bystander, ["still-heard"]);
  await world.sim.runFor(100);
  expect(tagsOf(victim, bystander)).toEqual(["still-heard"]);
});
