import { ManualClock, seededRandom } from "@selvage/testing";
import type { Peer, Transport } from "@selvage/transport";
import { expect, test } from "vitest";

import { planCall } from "../src/client/call-plan.ts";
import { breakerVerdict } from "../src/client/failure-table.ts";
import { OutgoingCall } from "../src/client/outgoing-call.ts";
import { ProviderSearch } from "../src/client/provider-search.ts";
import { WaitForChange } from "../src/client/wait-for-change.ts";
import { defineService, type Directory, jsonCodec } from "../src/index.ts";
import { bootIdsOf } from "../src/selection/boot-ids.ts";
import type { ProviderList } from "../src/selection/no-provider.ts";
import { ProviderBreakers } from "../src/selection/provider-breakers.ts";
import { ProviderHealth } from "../src/selection/provider-health.ts";
import { ProviderLoads } from "../src/selection/provider-loads.ts";
import { ProviderPicker } from "../src/selection/provider-picker.ts";
import { createSelectors } from "../src/selection/selectors.ts";
import { provider } from "./providers.ts";

test("the process that a call is bound to is known by its session before its announcement", async () => {
  const announced = provider(1);
  const { nodeId } = announced;
  const bootId = "11".repeat(16);
  const clock = new ManualClock();
  const random = seededRandom(1);
  const none = { [Symbol.dispose]: () => {} };
  const peer = { nodeId, bootId, state: "responsive", isGoingAway: false } as Peer;
  const transport: Pick<Transport, "connect" | "onPeer" | "peer"> = {
    peer: (id) => (id === nodeId ? peer : undefined),
    onPeer: () => none,
    connect: () => Promise.reject(new Error("nobody is to be dialled")),
  };
  const directory: ProviderList & Pick<Directory, "bootIdOf" | "generation" | "onChange"> = {
    generation: 1,
    countKnown: () => 1,
    providers: () => [announced],
    compatible: () => [announced],
    matching: () => [announced],
    bootIdOf: () => announced.bootId,
    onChange: () => none,
  };
  const bootIdOf = bootIdsOf(transport, directory);
  const health = new ProviderHealth(clock, bootIdOf);
  const breakers = new ProviderBreakers({
    clock,
    random,
    transport,
    bootIdOf,
    verdictOf: breakerVerdict,
  });
  const search = new ProviderSearch({
    transport,
    clock,
    directory,
    bootIdOf,
    health,
    breakers,
    changes: new WaitForChange(clock, transport, directory),
    picker: new ProviderPicker({ transport, health, breakers, random }),
  });
  const contract = defineService({ name: "greet" });
  const options = { idempotencyKey: "k1", retry: true };
  const plan = planCall(options, contract, createSelectors(new ProviderLoads(clock), random));
  const reach = (boundTo: string): Promise<unknown> => {
    const call = new OutgoingCall(clock, contract, jsonCodec, options);
    call.boundTo = { nodeId, bootId: boundTo };
    const { signal } = new AbortController();
    const context = { attempt: 2, excluded: new Set(), signal } as never;
    return search.reach(call, plan, context, signal, new Set());
  };
  expect(await reach(bootId)).toMatchObject({ peer: { bootId } });
  await expect(reach(announced.bootId)).rejects.toThrow("was restarted");
});
