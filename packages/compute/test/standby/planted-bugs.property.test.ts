import { describe, expect, test } from "vitest";

import { ProducerTable } from "../../src/daemon/producer-table.ts";
import { NO_TERM } from "../../src/daemon/term.ts";
import { MemberState } from "../../src/standby/member-state.ts";
import { RecordedInSyncSet } from "../../src/standby/recorded-in-sync-set.ts";
import { Replica } from "../../src/standby/replica.ts";
import { StandbyMember } from "../../src/standby/standby-member.ts";
import { type ChaosConfig, runChaos } from "./chaos.ts";
import { strangerReturns } from "./freshness.ts";

/** How many runs may pass before one shows the bug. */
const SEEDS = 60;

const everything: ChaosConfig = {
  mode: "available",
  members: 3,
  nodes: 5,
  faults: ["kill", "freeze", "cut", "promote"],
  sparing: false,
  durationMs: 30_000,
};
const fenced: ChaosConfig = { ...everything, mode: "fenced" };

/** What the checker must find, each by a change to one method. */
const bugs: readonly {
  readonly name: string;
  readonly config: ChaosConfig;
  readonly finds: RegExp;
  readonly plant: () => Disposable;
}[] = [
  {
    name: "a member that ignores terms",
    config: { ...everything, faults: ["freeze", "cut", "promote"], members: 3 },
    finds: /lost|twice|two actives|more than one active/,
    plant: () => {
      const { command, message } = StandbyMember.prototype;
      return all(
        replace(StandbyMember.prototype, "command", function (this: StandbyMember, order, payload) {
          return command.call(this, { ...order, term: later(order.term, this) }, payload);
        }),
        replace(StandbyMember.prototype, "message", function (this: StandbyMember, sent) {
          return message.call(this, { ...sent, term: later(sent.term, this) });
        }),
      );
    },
  },
  {
    name: "a host that applies repeats",
    config: everything,
    finds: /twice/,
    plant: () => replace(ProducerTable.prototype, "find", () => undefined),
  },
  {
    name: "an active that acknowledges before there are copies",
    config: { ...everything, faults: ["kill"], sparing: true },
    finds: /lost/,
    plant: () => getter(Replica.prototype, "held", () => Number.MAX_SAFE_INTEGER),
  },
  {
    name: "an active that does not look at its lease",
    config: fenced,
    finds: /after a later one did/,
    plant: () => replace(RecordedInSyncSet.prototype, "mayServe", () => true),
  },
  {
    name: "a member that is reset before it handed over",
    config: everything,
    finds: /lost/,
    plant: () => replace(MemberState.prototype, "lossesTo", () => undefined),
  },
];

describe("the checker finds", () => {
  test.each(bugs)(
    "$name",
    async ({ config, finds, plant }) => {
      using _bug = plant();
      for (let seed = 1; seed <= SEEDS; seed++) {
        const { violations } = await runChaos(seed, config);
        if (violations.some((violation) => finds.test(violation))) return;
      }
      expect.fail(`${SEEDS} seeds, and nothing was found`);
    },
    120_000,
  );
});

test("the checker finds a promotion that goes by the index alone", async () => {
  expect(await strangerReturns()).toEqual(["one", "two"]);
  const details = Object.getOwnPropertyDescriptor(StandbyMember.prototype, "details")?.get;
  using _bug = getter(StandbyMember.prototype, "details", function (this: StandbyMember) {
    return { ...details?.call(this), synced: NO_TERM };
  });
  expect(await strangerReturns()).not.toContain("two");
});

function later<T>(term: T, { details }: StandbyMember): T {
  return details.seen.number > 0 ? (details.seen as T) : term;
}

function replace<T extends object, K extends keyof T>(target: T, name: K, value: T[K]): Disposable {
  return define(target, name, { value, configurable: true, writable: true });
}

function getter<T extends object>(target: T, name: keyof T, get: (this: T) => unknown): Disposable {
  return define(target, name, { get, configurable: true });
}

function define<T extends object>(
  target: T,
  name: keyof T,
  descriptor: PropertyDescriptor,
): Disposable {
  const before = Object.getOwnPropertyDescriptor(target, name);
  Object.defineProperty(target, name, descriptor);
  return {
    [Symbol.dispose]: () => void Object.defineProperty(target, name, before ?? {}),
  };
}

function all(...disposables: readonly Disposable[]): Disposable {
  return {
    [Symbol.dispose]: () => {
      for (const disposable of disposables) disposable[Symbol.dispose]();
    },
  };
}
