import { utf8 } from "@selvage/core";
import type { OriginHash } from "@selvage/identity";
import fc from "fast-check";
import { expect, test } from "vitest";

import type { DaemonHost } from "../../src/daemon/daemon-host.ts";
import { DaemonRegistry } from "../../src/registry/daemon-registry.ts";
import { Counter, hostOf, producerOf } from "../daemons.ts";
import { identityOf } from "../identities.ts";
import { kindOf } from "../kind-of.ts";
import { present } from "../present.ts";

const identities = [1, 2, 3].map(identityOf);

const command = fc.record({
  what: fc.constantFrom("register", "replace", "unregister", "deliver"),
  which: fc.nat({ max: 2 }),
});

test("whatever is done to it, a registry has what was put there last, and tells of all of it", () => {
  fc.assert(
    fc.property(fc.array(command, { maxLength: 40 }), (commands) => {
      const registry = new DaemonRegistry();
      const heard: string[] = [];
      registry.setLifecycleObserver((event) => heard.push(`${event.kind} ${event.origin}`));
      // The model: what is there, and what must have been told.
      const hosts = new Map<OriginHash, DaemonHost>();
      const told: string[] = [];
      for (const { what, which } of commands) {
        const identity = present(identities[which]);
        const origin = identity.originHash;
        const before = hosts.get(origin);
        const host = hostOf(new Counter(), { identity });
        if (what === "register") {
          if (before === undefined) {
            registry.register(host);
            hosts.set(origin, host);
            told.push(`registered ${origin}`);
          } else {
            expect(kindOf(() => registry.register(host))).toBe("already-registered");
          }
        } else if (what === "replace") {
          expect(registry.replace(host)).toBe(before);
          hosts.set(origin, host);
          if (before !== undefined) told.push(`unregistered ${origin}`);
          told.push(`registered ${origin}`);
        } else if (before === undefined) {
          expect(kindOf(() => registry.unregister(origin))).toBe("not-found");
          expect(kindOf(() => registry.snapshot(origin))).toBe("not-found");
        } else if (what === "unregister") {
          expect(registry.unregister(origin)).toBe(before);
          hosts.delete(origin);
          told.push(`unregistered ${origin}`);
        } else {
          const event = { ...producerOf(1).next(utf8("1")), sequence: before.deliveryIndex + 1 };
          expect(registry.deliver(origin, event).index).toBe(event.sequence);
          expect(before.deliveryIndex).toBe(event.sequence);
        }
        expect(registry.list().toSorted()).toEqual([...hosts.keys()].toSorted());
        for (const [at, expected] of hosts) expect(registry.get(at)).toBe(expected);
        expect(heard).toEqual(told);
      }
    }),
    { numRuns: 60 },
  );
});
