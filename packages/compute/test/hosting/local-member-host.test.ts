import { deferred, utf8 } from "@selvage/core";
import { describe, expect, test } from "vitest";

import { respawnSentinel } from "../../src/causal/respawn-sentinel.ts";
import type { MeshDaemon } from "../../src/daemon/mesh-daemon.ts";
import { DEFAULT_FENCE_MEMORY_MS } from "../../src/defaults.ts";
import { CommandSigner } from "../../src/hosting/command-signer.ts";
import { certifyDelegate } from "../../src/hosting/delegation.ts";
import type { MemberEnd, MemberProgram } from "../../src/hosting/hosted-member.ts";
import { Counter, daemonThat, producerOf, textsOf } from "../daemons.ts";
import { identityOf } from "../identities.ts";
import { present } from "../present.ts";
import { failureOf, groupIdentity, HostWorld, orderOf, termOf } from "./host-world.ts";

const node = identityOf(1).nodeId;
const first = { slot: 0, incarnation: 1 };
const second = { slot: 0, incarnation: 2 };

describe("a member on a node", () => {
  test("takes events, is seen in the status, and ends when it is removed", async () => {
    const world = new HostWorld();
    const host = world.add(1);
    const commander = world.commander();
    const { originHash } = await commander.spawn(node, first, orderOf(50));
    const producer = producerOf(1);
    const { index, outputs } = await commander.deliver(node, first, producer.next(utf8("5")));
    expect([index, textsOf(outputs)]).toEqual([1, ["5"]]);
    const status = await commander.status(node);
    expect(status).toMatchObject({ nodeId: node, term: termOf(1), reports: 0 });
    expect(status.members).toMatchObject([
      { ...first, originHash, kind: "counter", program: "solo", deliveryIndex: 1 },
    ]);
    expect(host.registry.list()).toEqual([originHash]);
    await commander.remove(node, first);
    expect(host.registry.count).toBe(0);
    expect(await failureOf(commander.deliver(node, first, producer.next(utf8("1"))))).toEqual([
      "not-found",
      "never",
    ]);
  });

  test("applies an event once, however often it is delivered", async () => {
    const world = new HostWorld();
    world.add(1);
    const commander = world.commander();
    await commander.spawn(node, first, orderOf(50));
    const event = producerOf(1).next(utf8("5"));
    const once = await commander.deliver(node, first, event);
    expect(await commander.deliver(node, first, event)).toEqual({ ...once, repeated: true });
  });

  test("gives its state to another one", async () => {
    const world = new HostWorld();
    world.add(1);
    const commander = world.commander();
    const other = { slot: 1, incarnation: 1 };
    await commander.spawn(node, first, orderOf(50));
    await commander.spawn(node, other, orderOf(51));
    const producer = producerOf(1);
    await commander.deliver(node, first, producer.next(utf8("5")));
    await commander.restore(node, other, present(await commander.snapshot(node, first)));
    const { index, outputs } = await commander.deliver(node, other, producer.next(utf8("1")));
    expect([index, textsOf(outputs)]).toEqual([2, ["6"]]);
  });

  test("without a state has no snapshot", async () => {
    const world = new HostWorld();
    world.add(1, { factories: () => () => daemonThat({}) });
    const commander = world.commander();
    await commander.spawn(node, first, orderOf(50));
    expect(await commander.snapshot(node, first)).toBeUndefined();
  });

  test("which fails in an event says that it was not applied", async () => {
    const world = new HostWorld();
    world.add(1);
    const commander = world.commander();
    await commander.spawn(node, first, orderOf(50));
    const failing = commander.deliver(node, first, producerOf(1).next(utf8("fail")));
    expect(await failureOf(failing)).toEqual(["process-failed", "never"]);
    const broken = commander.restore(node, first, utf8("no snapshot"));
    expect(await failureOf(broken)).toEqual(["bad-snapshot", "never"]);
  });
});

describe("spawning", () => {
  test("again with the same incarnation tells of the same instance, also while it is being made", async () => {
    const world = new HostWorld();
    let made = 0;
    const counter = deferred<MeshDaemon>();
    world.add(1, {
      factories: () => () => {
        made++;
        return counter.promise;
      },
    });
    const commander = world.commander();
    const both = [1, 2].map(() => commander.spawn(node, first, orderOf(50)));
    counter.resolve(new Counter());
    const [one, two] = await Promise.all(both);
    expect(two).toEqual(one);
    expect(await commander.spawn(node, first, orderOf(50))).toEqual(one);
    expect(made).toBe(1);
  });

  test("something else under the same incarnation is refused", async () => {
    const world = new HostWorld();
    world.add(1);
    const commander = world.commander();
    await commander.spawn(node, first, orderOf(50));
    expect(await failureOf(commander.spawn(node, first, orderOf(51)))).toEqual([
      "bad-command",
      "never",
    ]);
  });

  test("a higher incarnation ends the one before, and its chain says that it began anew", async () => {
    const world = new HostWorld();
    const host = world.add(1);
    const commander = world.commander();
    const { originHash } = await commander.spawn(node, first, orderOf(50));
    const producer = producerOf(1);
    await commander.deliver(node, first, producer.next(utf8("5")));
    await commander.spawn(node, second, orderOf(50));
    expect(host.registry.list()).toEqual([originHash]);
    const { outputs } = await commander.deliver(node, second, producer.next(utf8("1")));
    expect(textsOf(outputs)).toEqual(["1"]);
    expect(outputs.map(({ link }) => [link.sequence, link.parentHash])).toEqual([
      [1, respawnSentinel(originHash, 2)],
    ]);
    const late = commander.deliver(node, first, producer.next(utf8("1")));
    await expect(late).rejects.toMatchObject({
      kind: "stale-term",
      seen: { term: termOf(1), incarnation: 2 },
    });
  });

  test("a lower incarnation, or one that ended, never comes back", async () => {
    const world = new HostWorld();
    world.add(1);
    const commander = world.commander();
    await commander.spawn(node, second, orderOf(50));
    expect(await failureOf(commander.spawn(node, first, orderOf(50)))).toEqual([
      "stale-term",
      "never",
    ]);
    await commander.remove(node, first);
    expect((await commander.status(node)).members).toHaveLength(1);
    await commander.remove(node, second);
    expect(await failureOf(commander.spawn(node, second, orderOf(50)))).toEqual([
      "stale-term",
      "never",
    ]);
  });

  test("that fails leaves nothing, and can be tried again", async () => {
    const world = new HostWorld();
    let attempts = 0;
    const host = world.add(1, {
      factories: () => () => {
        attempts++;
        if (attempts === 1) throw new Error("not now");
        return new Counter();
      },
    });
    const commander = world.commander();
    expect(await failureOf(commander.spawn(node, first, orderOf(50)))).toEqual([
      "factory-failed",
      "never",
    ]);
    expect([host.registry.count, host.groups()]).toEqual([0, []]);
    await commander.spawn(node, first, orderOf(50));
    expect(host.groups()).toEqual([commander.group]);
  });

  test("something that was removed while it was being made comes to nothing", async () => {
    const world = new HostWorld();
    const counter = deferred<MeshDaemon>();
    const host = world.add(1, { factories: () => () => counter.promise });
    const commander = world.commander();
    const spawning = failureOf(commander.spawn(node, first, orderOf(50)));
    await commander.remove(node, first);
    counter.resolve(new Counter());
    expect(await spawning).toEqual(["stale-term", "never"]);
    expect([host.registry.count, host.groups()]).toEqual([0, []]);
  });

  test.each([
    ["a kind that is not made there", { kind: "ledger" }, "factory-not-found"],
    ["a program that is not known there", { program: "choir" }, "bad-command"],
    ["limits that make no sense", { hostConfig: { maxEventBytes: -1 } }, "bad-command"],
    ["a secret of another length", { seed: new Uint8Array(31) }, "bad-command"],
  ])("%s is refused", async (_, order, kind) => {
    const world = new HostWorld();
    const host = world.add(1);
    const spawning = world.commander().spawn(node, first, orderOf(50, order));
    expect(await failureOf(spawning)).toEqual([kind, "never"]);
    expect([host.registry.count, host.groups()]).toEqual([0, []]);
  });

  test("under the identity of a daemon that is there is refused, and harms it not", async () => {
    const world = new HostWorld();
    const host = world.add(1);
    const commander = world.commander();
    await commander.spawn(node, first, orderOf(50));
    const other = commander.spawn(node, { slot: 1, incarnation: 1 }, orderOf(50));
    expect(await failureOf(other)).toEqual(["already-registered", "never"]);
    expect(host.registry.count).toBe(1);
  });
});

describe("whoever was away", () => {
  test("is answered stale-term: a lower number, and of equal ones the lower coordinator", async () => {
    const world = new HostWorld();
    world.add(1);
    const ids = [1, 2].toSorted((a, b) => (identityOf(a).nodeId < identityOf(b).nodeId ? -1 : 1));
    const [low = 0, high = 0] = ids;
    await world.commander(termOf(2, high)).status(node);
    for (const term of [termOf(1, high), termOf(2, low)]) {
      await expect(world.commander(term).spawn(node, first, orderOf(50))).rejects.toMatchObject({
        kind: "stale-term",
        delivered: "never",
        seen: { term: termOf(2, high), incarnation: 0 },
      });
    }
    await world.commander(termOf(2, high)).spawn(node, first, orderOf(50));
  });

  test("cannot deliver, while others raise no term by delivering", async () => {
    const world = new HostWorld();
    world.add(1);
    await world.commander(termOf(2)).spawn(node, first, orderOf(50));
    const producer = producerOf(1);
    const late = world.commander(termOf(1)).deliver(node, first, producer.next(utf8("1")));
    expect(await failureOf(late)).toEqual(["stale-term", "never"]);
    await world.commander(termOf(9)).deliver(node, first, producer.next(utf8("1")));
    expect((await world.commander(termOf(2)).status(node)).term).toEqual(termOf(2));
  });
});

describe("commands that must not be done twice", () => {
  test("are not: a repeat gets the first answer, and what comes behind a later one is refused", async () => {
    const world = new HostWorld();
    world.add(1);
    const commander = world.commander();
    const signer = CommandSigner.ofGroup(groupIdentity);
    await commander.spawn(node, first, orderOf(50));
    const producer = producerOf(1);
    await commander.deliver(node, first, producer.next(utf8("5")));
    const state = present(await commander.snapshot(node, first));
    const hosts = world.from(node);
    const restore = (sequence: number) =>
      signer.sign({ kind: "restore", to: node, term: termOf(1), ...first, sequence }, state);
    await hosts.command(node, restore(100));
    await commander.deliver(node, first, producer.next(utf8("1")));
    await hosts.command(node, restore(100));
    const { outputs } = await commander.deliver(node, first, producer.next(utf8("1")));
    expect(textsOf(outputs)).toEqual(["7"]);
    expect(await failureOf(hosts.command(node, restore(99)))).toEqual(["stale", "never"]);
    await hosts.command(node, restore(101));
  });
});

describe("who may command", () => {
  const signerOf = (delegate: number, until: number, group = groupIdentity): CommandSigner => {
    const identity = identityOf(delegate);
    const certificate = certifyDelegate(group, {
      delegate: identity.entityId,
      expiresMs: until,
    });
    return CommandSigner.ofDelegate(identity, certificate);
  };

  test("a delegate may, until its time is over", async () => {
    const world = new HostWorld();
    world.add(1);
    const signer = signerOf(201, world.clock.wallNow() + 1_000);
    const commander = world.commander(termOf(1), signer);
    expect(commander.group).toBe(world.commander().group);
    await commander.spawn(node, first, orderOf(50));
    await world.clock.advance(1_000);
    expect(await failureOf(commander.status(node))).toEqual(["bad-signature", "never"]);
  });

  test("only the groups that the node allows", async () => {
    const world = new HostWorld();
    const host = world.add(1, { allow: [] });
    expect(await failureOf(world.commander().status(node))).toEqual(["group-not-allowed", "never"]);
    expect(host.groups()).toEqual([]);
  });

  test("nobody whose signature, payload or certificate is not what was signed", async () => {
    const world = new HostWorld();
    world.add(1);
    const hosts = world.from(node);
    const base = { kind: "status", to: node, term: termOf(1), slot: 0, incarnation: 0 };
    const good = CommandSigner.ofGroup(groupIdentity).sign({ ...base, sequence: 1 }, utf8("x"));
    const other = CommandSigner.ofGroup(identityOf(201)).sign({ ...base, sequence: 1 }, utf8("x"));
    const theirs = certifyDelegate(identityOf(201), {
      delegate: groupIdentity.entityId,
      expiresMs: 1e15,
    });
    const broken = theirs.slice();
    broken[broken.length - 1] = (broken.at(-1) ?? 0) ^ 1;
    const failures = [
      { ...good, signature: other.signature },
      { ...good, payload: utf8("y") },
      { ...good, payload: utf8("xx") },
      { ...good, certificate: theirs },
      { ...good, certificate: broken },
      { ...good, certificate: utf8("none") },
      { ...good, body: good.body.subarray(1) },
    ].map((command) => failureOf(hosts.command(node, command)));
    expect(await Promise.all(failures)).toEqual([
      ["bad-signature", "never"],
      ["bad-command", "never"],
      ["bad-command", "never"],
      ["bad-signature", "never"],
      ["bad-signature", "never"],
      ["bad-command", "never"],
      ["bad-command", "never"],
    ]);
    await hosts.command(node, good);
  });

  test("nobody by a command for another node", async () => {
    const world = new HostWorld();
    world.add(1);
    const command = CommandSigner.ofGroup(groupIdentity).sign(
      {
        kind: "status",
        to: identityOf(2).nodeId,
        term: termOf(1),
        slot: 0,
        incarnation: 0,
        sequence: 1,
      },
      new Uint8Array(),
    );
    expect(await failureOf(world.from(node).command(node, command))).toEqual([
      "bad-command",
      "never",
    ]);
  });

  test("nobody with the certificate of somebody else", () => {
    const certificate = certifyDelegate(groupIdentity, {
      delegate: identityOf(201).entityId,
      expiresMs: 1e15,
    });
    expect(() => CommandSigner.ofDelegate(identityOf(202), certificate)).toThrow(RangeError);
  });
});

describe("a host", () => {
  test("knows a bounded number of groups, and forgets those without members after long", async () => {
    const world = new HostWorld();
    world.add(1, {}, { maxGroups: 2 });
    const commanders = [210, 211, 212].map((number) =>
      world.commander(termOf(1), CommandSigner.ofGroup(identityOf(number))),
    );
    const [one, two, three] = commanders.map((commander) => present(commander));
    await present(one).spawn(node, first, orderOf(50));
    await present(two).status(node);
    expect(await failureOf(present(three).status(node))).toEqual(["buffer-full", "never"]);
    await world.clock.advance(DEFAULT_FENCE_MEMORY_MS);
    await present(three).status(node);
    expect((await present(one).status(node)).members).toHaveLength(1);
  });

  test("lets members be of other programs: with commands, messages, reports and their end", async () => {
    const world = new HostWorld();
    const ends: MemberEnd[] = [];
    const terms: number[] = [];
    const program: MemberProgram = ({ host, keepReport, config }) => ({
      deliver: ({ event }) => host.deliver(event),
      describe: () => config,
      snapshot: () => undefined,
      restore: () => {},
      command: ({ kind }, payload) => utf8(`${kind} ${payload.length}`),
      message: ({ from }, { nodeId }) => utf8(`${from.slot} ${nodeId === node}`),
      onTerm: ({ number }) => void terms.push(number),
      end: (why) => {
        keepReport(utf8(why));
        ends.push(why);
      },
    });
    const host = world.add(1, { programs: { choir: program } });
    const commander = world.commander();
    const order = orderOf(50, { program: "choir", config: utf8("alto") });
    await commander.spawn(node, first, order);
    expect((await commander.status(node)).members.map(({ details }) => details)).toEqual([
      utf8("alto"),
    ]);
    const answer = await commander.ask(node, { kind: "sing", ...first, payload: utf8("la") });
    expect(answer).toEqual(utf8("sing 2"));
    const message = {
      group: commander.group,
      ...first,
      kind: "hum",
      term: termOf(1),
      from: { slot: 7, incarnation: 1 },
      payload: new Uint8Array(),
    };
    expect(await world.from(node).send(node, message)).toEqual(utf8("7 true"));
    commander.raiseTerm(termOf(2));
    await commander.spawn(node, second, order);
    await commander.remove(node, second);
    await commander.spawn(node, { slot: 1, incarnation: 1 }, order);
    const reports = await commander.reports(node);
    expect(reports.map(({ report }) => report)).toEqual([utf8("replaced"), utf8("removed")]);
    await commander.acknowledgeReports(
      node,
      reports.map(({ id }) => id),
    );
    expect((await commander.status(node)).reports).toBe(0);
    await host.close();
    expect([ends, terms]).toEqual([["replaced", "removed", "closed"], [2]]);
  });

  test("refuses commands and messages that a member does not know", async () => {
    const world = new HostWorld();
    world.add(1);
    const commander = world.commander();
    await commander.spawn(node, first, orderOf(50));
    expect(await failureOf(commander.ask(node, { kind: "sing", ...first }))).toEqual([
      "bad-command",
      "never",
    ]);
    const message = {
      group: commander.group,
      ...first,
      kind: "hum",
      term: termOf(1),
      from: first,
      payload: new Uint8Array(),
    };
    expect(await failureOf(world.from(node).send(node, message))).toEqual(["bad-command", "never"]);
  });

  test("that is closed has no members, and says so", async () => {
    const world = new HostWorld();
    const host = world.add(1);
    const commander = world.commander();
    await commander.spawn(node, first, orderOf(50));
    await host.close();
    await host.close();
    expect([host.registry.count, host.groups()]).toEqual([0, []]);
    expect(await failureOf(commander.status(node))).toEqual(["closed", "never"]);
  });
});

describe("an answer", () => {
  test("is waited for until the deadline, and no longer than the signal allows", async () => {
    const world = new HostWorld();
    world.add(1, { factories: () => () => new Promise<MeshDaemon>(() => {}) });
    const commander = world.commander();
    const spawning = failureOf(commander.spawn(node, first, orderOf(50), { deadlineMs: 500 }));
    await world.clock.advance(500);
    expect(await spawning).toEqual(["timeout", "maybe"]);
    const controller = new AbortController();
    const taken = commander.spawn(node, first, orderOf(50), { signal: controller.signal });
    controller.abort(new Error("no longer"));
    await expect(taken).rejects.toThrow("no longer");
    expect(world.clock.pending).toBe(0);
  });
});
