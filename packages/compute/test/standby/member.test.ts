import { utf8 } from "@selvage/core";
import { describe, expect, test } from "vitest";

import type { Term } from "../../src/daemon/term.ts";
import { ComputeError } from "../../src/errors.ts";
import { encodeMembers, encodePromote, encodeStore } from "../../src/standby/message-codec.ts";
import { GROUP } from "./cluster.ts";
import { Rig } from "./rig.ts";

function messageTo(rig: Rig, number: number, kind: string, payload: Uint8Array, term?: Term) {
  const { member, place } = rig.on(number);
  const from = { slot: 0, incarnation: 1 };
  return () =>
    member.message({
      group: GROUP,
      slot: place.slot,
      incarnation: place.incarnation,
      kind,
      term: term ?? rig.group.status.term,
      from,
      payload,
    });
}

function kindOf(act: () => unknown): string {
  try {
    act();
  } catch (error) {
    if (error instanceof ComputeError) return error.kind;
    throw error;
  }
  throw new Error("expected a ComputeError");
}

async function command(
  rig: Rig,
  number: number,
  kind: string,
  payload: Uint8Array,
): Promise<string> {
  const { member, machine, place } = rig.on(number);
  const { term } = rig.group.status;
  const order = { group: GROUP, ...place, kind, to: machine.nodeId, term, sequence: 1 };
  return await rig.kindOf(member.command(order, payload));
}

const entry = (rig: Rig, index: number) => ({
  index,
  term: rig.group.status.term,
  event: rig.event("x"),
});

describe("a standby", () => {
  test("takes no events", async () => {
    const rig = await Rig.start();
    const { place } = rig.on(2);
    const { term } = rig.group.status;
    const delivery = rig.cluster.deliver(rig.cluster.client, place, term, rig.event("one"), 1_000);
    expect(await rig.kindOf(delivery)).toBe("not-active");
  });

  test("refuses who comes with a lower term", async () => {
    const rig = await Rig.start();
    const { coordinator } = rig.group.status.term;
    const store = encodeStore({ session: 1, committed: 0, settled: 0, entries: [] });
    expect(kindOf(messageTo(rig, 2, "store", store, { number: 1, coordinator }))).toBe(
      "stale-term",
    );
  });

  test("keeps no events of another copy, and none behind a gap", async () => {
    const rig = await Rig.start();
    await rig.deliver("one");
    const store = (session: number, index: number): Uint8Array =>
      encodeStore({ session, committed: 0, settled: 0, entries: [entry(rig, index)] });
    expect(kindOf(messageTo(rig, 2, "store", store(99, 2)))).toBe("out-of-step");
    expect(kindOf(messageTo(rig, 2, "store", store(1, 3)))).toBe("out-of-step");
    expect(rig.on(2).member.details.history.last).toBe(1);
  });

  test("does not mind events that it has", async () => {
    const rig = await Rig.start();
    await rig.deliver("one");
    const store = encodeStore({ session: 1, committed: 0, settled: 0, entries: [entry(rig, 1)] });
    messageTo(rig, 2, "store", store)();
    expect(rig.on(2).member.details.history.last).toBe(1);
  });

  test("is given a state by its active only", async () => {
    const rig = await Rig.start();
    expect(kindOf(() => rig.on(2).member.restore())).toBe("out-of-step");
  });

  test("says so if it does not understand", async () => {
    const rig = await Rig.start();
    expect(kindOf(messageTo(rig, 2, "greet", utf8("hello")))).toBe("bad-command");
    expect(kindOf(messageTo(rig, 2, "store", utf8("hello")))).toBe("bad-command");
    expect(await command(rig, 2, "dance", utf8(""))).toBe("bad-command");
  });

  test("is not promoted in the place of an earlier instance", async () => {
    const rig = await Rig.start();
    const payload = encodePromote({ instance: "0".repeat(32), bootstrap: false, members: [] });
    expect(await command(rig, 2, "promote", payload)).toBe("not-found");
  });

  test("is not promoted as long as it is blank", async () => {
    const rig = await Rig.start();
    const place = { slot: 2, incarnation: 9, nodeId: rig.node(4).nodeId };
    const { member } = rig.node(4).spawn(place, rig.group.status.term);
    const { instance } = member.id;
    const payload = encodePromote({ instance, bootstrap: false, members: [] });
    expect(await command(rig, 4, "promote", payload)).toBe("out-of-step");
  });
});

describe("an active", () => {
  test("steps down when it hears of a higher term, and whoever waits hears that", async () => {
    const rig = await Rig.start();
    rig.node(2).machine.freeze();
    const waiting = rig.group.deliver(rig.event("one"));
    waiting.catch(() => {});
    await rig.time.advance(50);
    const { number, coordinator } = rig.group.status.term;
    rig.on(1).member.onTerm({ number: number + 1, coordinator });
    expect(await rig.kindOf(waiting)).toBe("stale-term");
    expect(rig.on(1).member.role).toBe("standby");
  });

  test("passes on what its daemon throws, and goes on", async () => {
    const rig = await Rig.start();
    rig.on(1).ledger.process = () => {
      throw new Error("no");
    };
    expect(await rig.kindOf(rig.group.deliver(rig.event("one")))).toBe("process-failed");
    expect(rig.on(1).member.details.history.last).toBe(0);
  });

  test("tells of events with their outputs once they are committed", async () => {
    const rig = await Rig.start();
    const heard: number[] = [];
    rig.on(1).member.onCommitted(({ index }) => heard.push(index));
    rig.node(2).machine.freeze();
    const delivery = rig.group.deliver(rig.event("one"));
    await rig.time.advance(100);
    expect(heard).toEqual([]);
    await rig.settle(delivery);
    expect(heard).toEqual([1]);
  });

  test("tells when somebody leaves the in-sync set and comes back", async () => {
    const rig = await Rig.start();
    const sizes: number[] = [];
    rig.on(1).member.onInSync((members) => sizes.push(members.length));
    rig.node(2).machine.freeze();
    await rig.deliver("one");
    rig.node(2).machine.thaw();
    await rig.time.advance(2_000);
    expect([sizes.includes(2), sizes.at(-1)]).toEqual([true, 3]);
  });

  test("knows of each slot the latest incarnation only", async () => {
    const rig = await Rig.start();
    const older = { slot: 1, incarnation: 0, nodeId: rig.node(4).nodeId };
    const { member, machine, place } = rig.on(1);
    const { term } = rig.group.status;
    const order = {
      group: GROUP,
      ...place,
      kind: "configure",
      to: machine.nodeId,
      term,
      sequence: 1,
    };
    await member.command(order, encodeMembers([older]));
    await rig.deliver("one");
    expect(rig.inSync(1)).toEqual([0, 1, 2]);
  });
});
