import { systemClock } from "@selvage/core";
import { createMesh, generatePsk, Identity, type Mesh } from "@selvage/mesh";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";

import { ProcessHost } from "../src/providers/process-host.ts";
import { ProviderProcess } from "../src/providers/provider-process.ts";
import type { Provider } from "../src/providers/provider.ts";
import type { Role } from "../src/roles.ts";
import { isOut } from "../src/soak/process-state.ts";
import { SummarizeCaller } from "../src/summarize-caller.ts";
import { summarizeService } from "../src/summarize/service.ts";
import { waitUntil } from "../src/wait-until.ts";
import { builtModule, isGone } from "./run-demo.ts";

const psk = generatePsk();
const clock = systemClock;
const text = "One. Two. Three. Four.";
const childModule = builtModule("providers/provider-child.js");
let host: ProcessHost;

const start = (role: Role, peers: readonly string[] = []): Promise<Provider> =>
  host.start({ role, psk, identity: Identity.generate(), peers });

const knows = (mesh: Mesh, providers: number) => (): boolean =>
  mesh.findProviders(summarizeService.name).length === providers;

describe("provider processes", () => {
  beforeEach(() => {
    host = new ProcessHost({ childModule });
  });
  afterEach(() => host[Symbol.asyncDispose]());

  test("a caller that starts after the primary was killed is answered by the standby within 500 ms", async () => {
    const primary = await start("primary");
    const standby = await start("standby", [primary.address]);
    const witness = await createMesh({ psk, peers: [standby.address] });
    await waitUntil(clock, "both in the index", 10_000, knows(witness, 2));
    await witness.close();
    primary.kill();
    await waitUntil(clock, "end of the primary", 10_000, () => isGone(primary.pid ?? 0));

    // It knows both addresses; nobody tells it that one of them is dead.
    const startedAt = clock.now();
    const caller = await createMesh({ psk, peers: [primary.address, standby.address] });
    const { answeredBy, failure } = await new SummarizeCaller(
      caller,
      clock,
      text,
      "retry",
    ).byName();
    const afterMs = clock.now() - startedAt;
    await caller.close();
    expect({ answeredBy, failure }).toEqual({ answeredBy: "standby", failure: undefined });
    expect(afterMs).toBeLessThan(500);
  });

  test("one that is frozen by its own loop is silent until it is thawed", async () => {
    host = new ProcessHost({ childModule, freezeBy: "block" });
    const provider = await start("primary");
    const caller = await createMesh({ psk, peers: [provider.address] });
    await waitUntil(clock, "sight of the provider", 10_000, knows(caller, 1));
    const calls = new SummarizeCaller(caller, clock, text, "retry");

    provider.freeze();
    // It hears of that by a message of its own, which may come after a call or two.
    let outcome = await calls.byNode(provider.nodeId);
    for (let i = 0; i < 100 && outcome.failure === undefined; i++) {
      outcome = await calls.byNode(provider.nodeId);
    }
    expect(outcome).toMatchObject({ failure: "timeout" });
    provider.thaw();
    expect(await calls.byName()).toMatchObject({ answeredBy: "primary" });
    await caller.close();
  });

  test.skipIf(process.platform === "win32")(
    "one that is to be stopped is in somebody's care before it is",
    async () => {
      const stopping: unknown[] = [];
      const provider = new ProviderProcess(
        { role: "primary", psk, identity: Identity.generate(), peers: [] },
        {
          childModule,
          freezeBy: "signal",
          onStopping: (pid) => stopping.push({ pid, isOut: isOut(pid) }),
        },
      );
      await provider.serving;
      provider.freeze();
      expect(stopping).toEqual([{ pid: provider.pid, isOut: false }]);
      await waitUntil(clock, "a stop", 10_000, () => isOut(provider.pid));
      provider.kill();
      await provider.exited;
    },
  );

  test("one that is asked to leave is gone without a trace", async () => {
    const provider = await start("primary");
    await provider.close();
    await vi.waitFor(() => expect(isGone(provider.pid ?? 0)).toBe(true), { timeout: 10_000 });
  });

  test("one that cannot start says why", async () => {
    await expect(
      host.start({
        role: "standby",
        psk: new Uint8Array(32),
        identity: Identity.generate(),
        peers: [],
      }),
    ).rejects.toThrow("the standby did not start: psk must be random");
  });
});
