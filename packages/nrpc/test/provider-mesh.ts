import {
  type CallContext,
  defineService,
  type ServeOptions,
  type ServiceContract,
} from "../src/index.ts";
import { type RpcNode, RpcWorld } from "./rpc-world.ts";

/** Declared safe to repeat, and not. */
export const safe: ServiceContract = defineService({ name: "safe", idempotent: true });
export const unsafe: ServiceContract = defineService({ name: "unsafe" });

/** A caller and the providers that it knows. */
export interface ProviderMesh {
  readonly world: RpcWorld;
  readonly caller: RpcNode;
  readonly providers: readonly [RpcNode, ...RpcNode[]];
  /** How often a handler started, by provider. */
  readonly starts: Map<string, number>;
  /** How long each provider takes, in milliseconds; by default it answers at once. */
  readonly takes: Map<string, number>;
}

/** A caller and some providers of both services, each answering with its name. */
export async function mesh(
  count: number,
  optionsOf: (n: number) => ServeOptions = () => ({}),
  seed: number | string = 1,
): Promise<ProviderMesh> {
  const world = new RpcWorld(seed);
  const caller = world.start("caller");
  const others = Array.from({ length: count - 1 }, (_, n) => world.start(`p${n + 1}`));
  const providers = [world.start("p0"), ...others] as const;
  const starts = new Map<string, number>();
  const takes = new Map<string, number>();
  for (const [n, { name, node, server }] of providers.entries()) {
    const handler = async (_: unknown, { signal }: CallContext): Promise<string> => {
      starts.set(name, (starts.get(name) ?? 0) + 1);
      const ms = takes.get(name) ?? 0;
      if (ms > 0) await node.clock.sleep(ms, { signal });
      return name;
    };
    server.serve(safe, handler, optionsOf(n));
    server.serve(unsafe, handler, optionsOf(n));
  }
  await world.connect(caller, ...providers);
  // Announcements are rationed; all must have come through.
  await world.sim.runFor(3_000);
  return { world, caller, providers, starts, takes };
}
