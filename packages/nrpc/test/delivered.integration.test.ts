import { describe, expect, test } from "vitest";

import { ApplicationError, type RpcErrorKind } from "../src/index.ts";
import { type RpcNode, RpcWorld } from "./rpc-world.ts";

interface Bench {
  readonly world: RpcWorld;
  readonly caller: RpcNode;
  readonly provider: RpcNode;
}

/** How a call ends, and whether the error says that its handler may have started. */
interface Situation {
  readonly name: string;
  readonly kind: RpcErrorKind;
  /** How often the handler ran. */
  readonly starts: number;
  /** Default: the one that is served. */
  readonly service?: string;
  /** Happens before the call is made. */
  readonly before?: (bench: Bench) => unknown;
  /** Happens 50 ms into the call. */
  readonly during?: (bench: Bench) => unknown;
  readonly handler?: (bench: Bench) => unknown;
}

const hang = ({ provider }: Bench): Promise<void> => provider.node.clock.sleep(60_000);
const cutOff = ({ world, provider }: Bench): void => world.sim.network.isolate(provider.node);

const never: readonly Situation[] = [
  {
    name: "nobody knows the node",
    kind: "no-route",
    starts: 0,
    before: async ({ world, provider }) => {
      await world.act(provider, () => provider.close());
      await world.sim.runFor(100);
    },
  },
  { name: "the node does not serve it", kind: "not-found", starts: 0, service: "other" },
  {
    name: "the node takes no calls at all",
    kind: "draining",
    starts: 0,
    before: ({ world, provider }) => world.act(provider, () => provider.server.close()),
  },
  {
    name: "the service is being withdrawn",
    kind: "draining",
    starts: 1,
    handler: hang,
    before: async (bench) => {
      const { world, caller, provider } = bench;
      void world.begin(caller, () => caller.client.callNode(provider.nodeId, "work", 0));
      await world.sim.runFor(50);
      void world.begin(provider, () => provider.server.close());
      await world.sim.runFor(50);
    },
  },
  {
    name: "the node is shutting down",
    kind: "draining",
    starts: 0,
    before: async ({ world, provider }) => {
      provider.transport.goAway();
      await world.sim.runFor(50);
    },
  },
];

const maybe: readonly Situation[] = [
  { name: "the deadline passes", kind: "timeout", starts: 1, handler: hang },
  {
    name: "the deadline passes, though the request was lost on its way",
    kind: "timeout",
    starts: 0,
    before: cutOff,
  },
  {
    name: "the handler throws",
    kind: "internal",
    starts: 1,
    handler: () => {
      throw new Error("broken");
    },
  },
  {
    name: "the handler refuses in its own words",
    kind: "application",
    starts: 1,
    handler: () => {
      throw new ApplicationError("no", "not today");
    },
  },
  {
    name: "the provider's process is replaced while the handler runs",
    kind: "unavailable",
    starts: 1,
    handler: hang,
    during: async ({ world, caller, provider }) => {
      const next = world.start(world.sim.restart(provider.node));
      await world.act(next, () => next.transport.connect({ address: caller.transport.address }));
    },
  },
  {
    name: "the provider closes without waiting for the handler",
    kind: "unavailable",
    starts: 1,
    handler: hang,
    during: ({ world, provider }) => void world.begin(provider, () => provider.close()),
  },
  {
    name: "the caller's own node is closed",
    kind: "closed",
    starts: 1,
    handler: hang,
    during: ({ world, caller }) => void world.begin(caller, () => caller.close()),
  },
];

/** Makes a pinned call, which ends by what happens to it and nothing else. */
async function fail({ service = "work", before, during, handler = () => 1 }: Situation): Promise<{
  readonly error: unknown;
  readonly starts: number;
}> {
  const world = new RpcWorld();
  const limits = { drainMs: 100 };
  const [provider, caller] = [
    world.start("provider", { limits }),
    world.start("caller", { limits }),
  ];
  const bench = { world, caller, provider };
  let starts = 0;
  await world.act(provider, () =>
    provider.server.serve("work", () => {
      starts++;
      return handler(bench);
    }),
  );
  await world.connect(caller, provider);
  await before?.(bench);
  const call = world.begin(caller, () =>
    caller.client.callNode(provider.nodeId, service, 0, { deadlineMs: 3_000 }),
  );
  await world.sim.runFor(50);
  await during?.(bench);
  return { error: await world.sim.settle(call), starts };
}

describe("the handler certainly did not start when", () => {
  test.each(never)("$name: $kind", async (situation) => {
    const { error, starts } = await fail(situation);
    expect(error).toMatchObject({ kind: situation.kind, delivered: "never" });
    expect(starts).toBe(situation.starts);
  });
});

describe("the handler may have started when", () => {
  test.each(maybe)("$name: $kind", async (situation) => {
    const { error, starts } = await fail(situation);
    expect(error).toMatchObject({ kind: situation.kind, delivered: "maybe" });
    expect(starts).toBe(situation.starts);
  });
});
