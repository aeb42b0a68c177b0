import { describe, expect, test } from "vitest";

import type { MeshDaemon } from "../../src/daemon/mesh-daemon.ts";
import { isComputeError } from "../../src/errors.ts";
import { DaemonFactoryRegistry } from "../../src/registry/daemon-factory-registry.ts";
import { Counter, daemonThat } from "../daemons.ts";
import { identityOf } from "../identities.ts";
import { kindOf } from "../kind-of.ts";

const alice = identityOf(1);
const bob = identityOf(2);

async function kindOfRejection(promise: Promise<unknown>): Promise<string | undefined> {
  try {
    await promise;
  } catch (error) {
    if (isComputeError(error)) return error.kind;
    throw error;
  }
  return undefined;
}

describe("DaemonFactoryRegistry", () => {
  test("keeps the first factory of an origin, whoever comes next", async () => {
    const factories = new DaemonFactoryRegistry();
    const first = new Counter();
    factories.register(alice, () => first, { maxStateBytes: 7 });
    const other = (): MeshDaemon => new Counter();
    expect(kindOf(() => factories.register(alice, other))).toBe("already-registered");
    expect(kindOf(() => factories.registerPlaceholder(alice.originHash, other))).toBe(
      "already-registered",
    );
    const { daemon, identity, config } = await factories.construct(alice.originHash);
    expect(daemon).toBe(first);
    expect(identity).toBe(alice);
    expect(config).toEqual({ maxStateBytes: 7 });
  });

  test("keeps an entry through construction, so that a failed restore can be tried again", async () => {
    const factories = new DaemonFactoryRegistry();
    let made = 0;
    factories.registerPlaceholder(alice.originHash, () => {
      made++;
      return Promise.resolve(new Counter());
    });
    await factories.construct(alice.originHash);
    const { identity } = await factories.construct(alice.originHash);
    expect([made, identity, factories.count]).toEqual([2, undefined, 1]);
  });

  test("tells a factory that fails from one that is not there", async () => {
    const factories = new DaemonFactoryRegistry();
    factories.register(alice, () => {
      throw new Error("no memory");
    });
    factories.register(bob, () => Promise.reject(new Error("no model")));
    expect(await kindOfRejection(factories.construct(alice.originHash))).toBe("factory-failed");
    expect(await kindOfRejection(factories.construct(bob.originHash))).toBe("factory-failed");
    factories.remove(bob.originHash);
    factories.remove(bob.originHash);
    expect(await kindOfRejection(factories.construct(bob.originHash))).toBe("factory-not-found");
  });

  test("gives an entry away once", () => {
    const factories = new DaemonFactoryRegistry();
    factories.register(alice, () => daemonThat({}));
    expect(factories.take(alice.originHash)?.identity).toBe(alice);
    expect(factories.take(alice.originHash)).toBeUndefined();
    expect(factories.contains(alice.originHash)).toBe(false);
  });

  test("binds a daemon to one orchestrator", () => {
    const factories = new DaemonFactoryRegistry();
    const bind = (node: typeof alice): boolean =>
      factories.bindExpectedOrchestrator(alice.originHash, node.nodeId);
    expect(bind(alice)).toBe(false);
    factories.register(alice, () => daemonThat({}));
    expect([bind(alice), bind(alice), bind(bob)]).toEqual([true, true, false]);
    expect(factories.take(alice.originHash)?.expectedOrchestrator).toBe(alice.nodeId);
  });
});
