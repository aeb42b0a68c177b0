import { utf8 } from "@selvage/core";
import { ManualClock } from "@selvage/testing";
import { describe, expect, test } from "vitest";

import { CausalChain } from "../../src/causal/causal-chain.ts";
import { horizonMayContain } from "../../src/causal/horizon.ts";
import { linkHash, syncSentinel } from "../../src/causal/link-hash.ts";
import { originTag } from "../../src/causal/origin-tag.ts";
import { verifyChain } from "../../src/causal/verify.ts";
import type { DaemonEvent } from "../../src/daemon/daemon-event.ts";
import { DaemonHost } from "../../src/daemon/daemon-host.ts";
import type { AppliedEvent } from "../../src/daemon/delivery.ts";
import type { Term } from "../../src/daemon/term.ts";
import { NO_TERM } from "../../src/daemon/term.ts";
import { isComputeError } from "../../src/errors.ts";
import { Counter, daemonThat, hostOf, producerOf, textsOf } from "../daemons.ts";
import { identityOf } from "../identities.ts";
import { errorOf, kindOf } from "../kind-of.ts";
import { present } from "../present.ts";

const term = (number: number, coordinator = NO_TERM.coordinator): Term => ({
  number,
  coordinator,
});

describe("deliver", () => {
  test("numbers applied events and links what the daemon says", () => {
    const host = hostOf(new Counter());
    const producer = producerOf(1);
    const first = host.deliver(producer.next(utf8("5")));
    const second = host.deliver(producer.next(utf8("7")));
    expect([first.index, second.index, host.deliveryIndex]).toEqual([1, 2, 2]);
    expect(textsOf([...first.outputs, ...second.outputs])).toEqual(["5", "12"]);
    const genesis = CausalChain.begin(host.originHash).head;
    expect(() => verifyChain([genesis, ...first.outputs, ...second.outputs])).not.toThrow();
    expect(host.chain.head).toBe(second.outputs[0]);
  });

  test("shows in the links that the event was seen", () => {
    const host = hostOf(new Counter());
    const event = producerOf(1).next(utf8("5"));
    const { outputs } = host.deliver(event);
    expect(horizonMayContain(present(outputs[0]).link.horizon, originTag(event.producer))).toBe(
      true,
    );
  });

  test("applies an event once, and answers a repeat with what came of it", () => {
    const counter = new Counter();
    const host = hostOf(counter);
    const producer = producerOf(1);
    const event = producer.next(utf8("5"));
    const first = host.deliver(event);
    host.deliver(producer.next(utf8("1")));
    expect(host.deliver(event)).toEqual({ ...first, repeated: true });
    expect(host.deliver({ ...event, payload: utf8("1000") }).repeated).toBe(true);
    expect(counter.value).toBe(6);
    expect(host.stats()).toMatchObject({ eventsProcessed: 2, eventsEmitted: 2, repeats: 2 });
  });

  test("copies outputs, so that a daemon may use its arrays again", () => {
    const buffer = new Uint8Array(1);
    const host = hostOf(
      daemonThat({
        process: ({ payload }) => {
          buffer.set(payload);
          return [buffer];
        },
      }),
    );
    const producer = producerOf(1);
    const first = host.deliver(producer.next(utf8("a")));
    host.deliver(producer.next(utf8("b")));
    expect(textsOf(first.outputs)).toEqual(["a"]);
  });

  test("tells listeners of applied events in order, even if one delivers the next", () => {
    const host = hostOf(new Counter());
    const producer = producerOf(1);
    const heard: number[] = [];
    host.onApplied(({ index }) => {
      if (index === 1) host.deliver(producer.next(utf8("2")));
    });
    host.onApplied(({ index }) => heard.push(index));
    host.deliver(producer.next(utf8("1")));
    expect(heard).toEqual([1, 2]);
  });

  test("is not harmed by a listener that throws", () => {
    const host = hostOf(new Counter());
    const heard: AppliedEvent[] = [];
    host.onApplied(() => {
      throw new Error("the listener fails");
    });
    host.onApplied((applied) => heard.push(applied));
    const event = producerOf(1).next(utf8("5"));
    const { outputs } = host.deliver(event);
    expect(heard).toEqual([{ index: 1, term: NO_TERM, event, outputs }]);
  });
});

describe("a failing process", () => {
  /** What of a host an event that fails must not change. */
  const lookAt = (host: DaemonHost): unknown => ({
    index: host.deliveryIndex,
    head: host.chain.head,
    term: host.term,
    snapshot: host.takeSnapshot(),
    producers: host.stats().producers,
  });

  test.each([
    ["throws", "process-failed", () => [utf8("x")].concat(fail())],
    ["returns a promise", "async-process", () => Promise.resolve([])],
    ["returns a promise that rejects", "async-process", () => Promise.reject(new Error("late"))],
    ["returns nothing", "process-failed", () => undefined],
    ["returns no bytes", "process-failed", () => ["text"]],
    ["says too much", "process-failed", () => [new Uint8Array(100), new Uint8Array(1)]],
    ["says too many things", "process-failed", () => Array.from({ length: 1025 }, () => utf8(""))],
  ])("that %s advances nothing, and the host goes on", async (_, kind, misbehave) => {
    const counter = new Counter();
    const host = hostOf(
      daemonThat({
        process: (event) => {
          if (event.sequence !== 2) return counter.process(event);
          const answer: unknown = misbehave();
          return answer as readonly Uint8Array[];
        },
        snapshot: () => counter.snapshot(),
        restore: (state) => counter.restore(state),
      }),
      { maxOutputBytes: 100, maxOutcomeBytes: 1_000 },
    );
    const heard: number[] = [];
    host.onApplied(({ index }) => heard.push(index));
    const producer = producerOf(1);
    host.deliver(producer.next(utf8("1")));
    const before = lookAt(host);
    const bad = producer.next(utf8("2"));
    expect(kindOf(() => host.deliver(bad, { term: term(5) }))).toBe(kind);
    expect(lookAt(host)).toEqual(before);
    expect(kindOf(() => host.deliver(bad))).toBe(kind);
    expect(host.deliver(producer.next(utf8("3"))).index).toBe(2);
    expect(heard).toEqual([1, 2]);
    expect(host.stats()).toMatchObject({ errors: 2, eventsProcessed: 2 });
    // An unhandled rejection would fail the run here.
    await new Promise((resolve) => setTimeout(resolve, 0));
  });

  function fail(): never {
    throw new Error("the daemon fails");
  }
});

describe("a daemon that delivers to itself", () => {
  test("is refused by its origin, and from inside of its process", () => {
    const producer = producerOf(1);
    const self: { host?: DaemonHost } = {};
    const kinds: string[] = [];
    const host = hostOf(
      daemonThat({
        process: () => {
          const own = present(self.host);
          kinds.push(kindOf(() => own.deliver(producer.next(utf8("inner")))));
          kinds.push(kindOf(() => own.takeSnapshot()));
          return [];
        },
      }),
    );
    self.host = host;
    const event = producer.next(utf8("outer"));
    expect(host.deliver(event).index).toBe(1);
    expect(kinds).toEqual(["self-delivery", "self-delivery"]);
    const own: DaemonEvent = { ...event, producer: host.originHash };
    expect(kindOf(() => host.deliver(own))).toBe("self-delivery");
    expect(host.deliveryIndex).toBe(1);
    // It is not the fault of an event.
    expect(host.stats().errors).toBe(0);
  });

  test("is refused by way of others, too", () => {
    const hosts: { a?: DaemonHost; b?: DaemonHost } = {};
    const relay = (to: "a" | "b", number: number): DaemonHost => {
      const producer = producerOf(number);
      return hostOf(
        daemonThat({
          process: ({ payload }) =>
            present(hosts[to])
              .deliver(producer.next(payload))
              .outputs.map((output) => output.payload),
        }),
        { identity: identityOf(number) },
      );
    };
    hosts.a = relay("b", 1);
    hosts.b = relay("a", 2);
    const event = producerOf(3).next(utf8("x"));
    // A's event fails because B's does, and that because A is at work.
    const error = errorOf(() => present(hosts.a).deliver(event));
    expect([error.kind, isComputeError(error.cause) && error.cause.kind]).toEqual([
      "process-failed",
      "process-failed",
    ]);
    expect(error.message).toContain("self-delivery");
    expect([hosts.a.deliveryIndex, hosts.b.deliveryIndex]).toEqual([0, 0]);
  });
});

describe("a daemon that takes long", () => {
  test("is reported with the time that it blocked the loop", () => {
    const clock = new ManualClock();
    let took = 0;
    const slow = { now: () => took };
    const host = DaemonHost.create({
      daemon: daemonThat({
        process: ({ payload }) => {
          took += payload.length;
          if (payload.length === 60) throw new Error("late as well");
          return [];
        },
      }),
      identity: identityOf(1),
      clock: Object.assign(Object.create(clock) as ManualClock, slow),
    });
    const lags: number[] = [];
    host.onLag(({ ms, originHash, name }) => {
      expect([originHash, name]).toEqual([host.originHash, "test"]);
      lags.push(ms);
    });
    const producer = producerOf(1);
    host.deliver(producer.next(new Uint8Array(49)));
    host.deliver(producer.next(new Uint8Array(50)));
    expect(kindOf(() => host.deliver(producer.next(new Uint8Array(60))))).toBe("process-failed");
    expect(lags).toEqual([50, 60]);
    expect(host.stats().lags).toBe(2);
  });
});

describe("an event that makes no sense", () => {
  const good = producerOf(1).next(utf8("1"));

  test.each<[string, Partial<Record<keyof DaemonEvent, unknown>>]>([
    ["bad-event: origin", { producer: "nobody" }],
    ["bad-event: limit", { incarnation: -1 }],
    ["bad-event: limit", { incarnation: 1.5 }],
    ["bad-event: limit", { sequence: 0 }],
    ["bad-event: limit", { sequence: 2 ** 53 }],
    ["bad-event: limit", { timeMs: Number.NaN }],
    ["bad-event: limit", { payload: new Uint8Array(11) }],
    ["bad-event: limit", { seed: new Uint8Array(33) }],
    ["bad-event: inconsistent", { payload: "text" }],
    ["bad-event: inconsistent", { seed: undefined }],
  ])("is refused: %s %o", (kind, change) => {
    const host = hostOf(new Counter(), { maxEventBytes: 10 });
    const event = { ...good, ...change } as DaemonEvent;
    expect(kindOf(() => host.deliver(event))).toBe(kind);
    expect(host.stats()).toMatchObject({ eventsProcessed: 0, errors: 0 });
  });
});

describe("terms", () => {
  test("only ever rise: an older one is answered stale-term", () => {
    const counter = new Counter();
    const host = hostOf(counter);
    const producer = producerOf(1);
    const [lower, higher] = [identityOf(1).nodeId, identityOf(2).nodeId].toSorted();
    host.deliver(producer.next(utf8("1")), { term: term(2, present(lower)) });
    host.deliver(producer.next(utf8("1")), { term: term(2, present(higher)) });
    const late = producer.next(utf8("1"));
    expect(kindOf(() => host.deliver(late, { term: term(2, present(lower)) }))).toBe("stale-term");
    expect(kindOf(() => host.deliver(late, { term: term(1, present(higher)) }))).toBe("stale-term");
    expect(kindOf(() => host.apply({ index: 3, term: term(1), event: late }))).toBe("stale-term");
    expect([counter.value, host.term.number]).toEqual([2, 2]);
    expect(host.deliver(late).index).toBe(3);
  });
});

describe("apply", () => {
  test("brings another copy to the same state, outputs and answers", () => {
    const active = hostOf(new Counter(), { identity: identityOf(1) });
    const standby = hostOf(new Counter(), { identity: identityOf(2) });
    const stored: AppliedEvent[] = [];
    active.onApplied((applied) => stored.push(applied));
    const producer = producerOf(1);
    const events = ["1", "2", "3"].map((text) => producer.next(utf8(text)));
    for (const event of events) active.deliver(event, { term: term(1) });
    for (const each of stored) {
      expect(textsOf(standby.apply(each).outputs)).toEqual(textsOf(each.outputs));
    }
    expect(standby.deliveryIndex).toBe(3);
    expect(standby.term).toEqual(term(1));
    // The producer tries again, with whoever is active now.
    expect(standby.deliver(present(events[1]))).toMatchObject({ index: 2, repeated: true });
  });

  test("answers a repeat, and refuses gaps and other events under the same index", () => {
    const host = hostOf(new Counter());
    const producer = producerOf(1);
    const [one, two, three] = ["1", "2", "3"].map((text) => producer.next(utf8(text)));
    const at = (index: number, event: DaemonEvent | undefined) => (): unknown =>
      host.apply({ index, term: NO_TERM, event: present(event) });
    at(1, one)();
    expect(at(1, one)()).toMatchObject({ index: 1, repeated: true });
    expect(kindOf(at(3, three))).toBe("index-gap");
    expect(kindOf(at(1, two))).toBe("index-conflict");
    expect(kindOf(at(2, one))).toBe("index-conflict");
    expect(kindOf(at(0, two))).toBe("index-conflict");
    expect(at(2, two)()).toMatchObject({ index: 2, repeated: false });
  });
});

describe("outcomeOf", () => {
  test("tells what came of an event without applying it", () => {
    const host = hostOf(new Counter());
    const producer = producerOf(1);
    const event = producer.next(utf8("5"));
    expect(host.outcomeOf(event)).toBeUndefined();
    host.deliver(event);
    expect(host.outcomeOf(event)).toMatchObject({ index: 1 });
    expect(host.deliveryIndex).toBe(1);
    expect(kindOf(() => host.outcomeOf({ ...event, incarnation: 0 }))).toBe("stale-incarnation");
  });
});

describe("restoreFrom", () => {
  test("takes over state and producers of another member, and keeps its own chain", () => {
    const active = hostOf(new Counter(), { identity: identityOf(1) });
    const standby = hostOf(new Counter(), { identity: identityOf(2) });
    const producer = producerOf(1);
    const event = producer.next(utf8("5"));
    active.deliver(event, { term: term(3) });
    standby.deliver(producerOf(2).next(utf8("100")));
    const own = standby.chain.head;
    standby.restoreFrom(present(active.takeSnapshot()));
    expect([standby.deliveryIndex, standby.term.number]).toEqual([1, 3]);
    expect(standby.deliver(event)).toMatchObject({ index: 1, repeated: true });
    const { outputs } = standby.deliver(producer.next(utf8("1")));
    expect(textsOf(outputs)).toEqual(["6"]);
    const [next] = outputs;
    expect(present(next).link.origin).toBe(originTag(identityOf(2).originHash));
    expect(present(next).link.sequence).toBe(own.link.sequence + 1);
    const sentinel = syncSentinel(active.originHash, 1);
    expect(present(next).link.parentHash).toBe(sentinel);
    expect(() => verifyChain([own, present(next)], { sentinels: [sentinel] })).not.toThrow();
  });

  test("carries the break through a snapshot taken before the next output", () => {
    const active = hostOf(new Counter(), { identity: identityOf(1) });
    active.deliver(producerOf(1).next(utf8("5")));
    const standby = hostOf(new Counter(), { identity: identityOf(2) });
    standby.restoreFrom(present(active.takeSnapshot()));
    const again = DaemonHost.fromSnapshot(
      { daemon: new Counter(), identity: identityOf(2), clock: new ManualClock() },
      present(standby.takeSnapshot()),
    );
    const { outputs } = again.deliver(producerOf(2).next(utf8("1")));
    expect(present(outputs[0]).link.parentHash).toBe(syncSentinel(active.originHash, 1));
  });

  test("of its own snapshot goes on as if nothing had been", () => {
    const host = hostOf(new Counter());
    const producer = producerOf(1);
    host.deliver(producer.next(utf8("5")));
    const head = host.chain.head;
    host.restoreFrom(present(host.takeSnapshot()));
    const { outputs } = host.deliver(producer.next(utf8("1")));
    expect(present(outputs[0]).link.parentHash).toBe(linkHash(head));
  });
});

describe("control", () => {
  test("reaches the daemon between events, never within one", () => {
    const order: string[] = [];
    const self: { host?: DaemonHost } = {};
    const host = hostOf(
      daemonThat({
        process: () => {
          order.push("begin");
          present(self.host).control({ kind: "drain-finish" });
          order.push("end");
          return [];
        },
        onControl: ({ kind }) => {
          order.push(kind);
          throw new Error("and fails at that");
        },
      }),
    );
    self.host = host;
    host.control({ kind: "drain-start", gracePeriodMs: 1_000 });
    host.deliver(producerOf(1).next(utf8("x")));
    expect(order).toEqual(["drain-start", "begin", "end", "drain-finish"]);
  });
});

describe("health and saturation", () => {
  test("are taken as told, and nonsense for what it is", () => {
    expect(hostOf(new Counter()).health()).toEqual({ status: "healthy" });
    expect(hostOf(new Counter()).saturation()).toBe(0);
    const ill = daemonThat({
      health: () => {
        throw new Error("no answer");
      },
      saturation: () => Number.NaN,
    });
    expect(hostOf(ill).health()).toEqual({
      status: "unhealthy",
      reason: "health threw: no answer",
    });
    expect(hostOf(ill).saturation()).toBe(0);
    expect(hostOf(daemonThat({ saturation: () => 7 })).saturation()).toBe(1);
  });
});

describe("a fork", () => {
  test("runs on a chain that says whose fork it is", () => {
    const identity = identityOf(2);
    const chain = CausalChain.fork(identity.originHash, identityOf(1).originHash, 5);
    const parts = { daemon: new Counter(), identity, clock: new ManualClock() };
    const genesis = chain.head;
    const host = DaemonHost.fromFork(parts, chain);
    const { outputs } = host.deliver(producerOf(1).next(utf8("1")));
    expect(() => verifyChain([genesis, ...outputs])).not.toThrow();
    const foreign = CausalChain.begin(identityOf(3).originHash);
    expect(kindOf(() => DaemonHost.fromFork(parts, foreign))).toBe("identity-mismatch");
  });
});

test("a configuration that makes no sense is refused by name", () => {
  expect(() => hostOf(new Counter(), { maxProducers: 0 })).toThrow(/maxProducers.*got 0/);
  expect(() => hostOf(new Counter(), { lagThresholdMs: -1 })).toThrow(/lagThresholdMs.*-1/);
  expect(() => hostOf(new Counter(), { maxOutputBytes: 600, maxOutcomeBytes: 1_000 })).toThrow(
    /maxOutcomeBytes must be at least twice/,
  );
});
