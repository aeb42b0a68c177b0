import { utf8 } from "@selvage/core";
import { expect, test } from "vitest";

import { CommandSigner } from "../../src/hosting/command-signer.ts";
import { GroupCommander } from "../../src/hosting/group-commander.ts";
import { RoutedMemberHost } from "../../src/hosting/routed-member-host.ts";
import { producerOf, textsOf } from "../daemons.ts";
import { identityOf } from "../identities.ts";
import { failureOf, groupIdentity, HostWorld, orderOf, termOf } from "./host-world.ts";

const here = identityOf(1).nodeId;
const there = identityOf(2).nodeId;

function routed(): { readonly world: HostWorld; readonly commander: GroupCommander } {
  const world = new HostWorld();
  const local = world.add(1);
  world.add(2);
  const { clock } = world;
  const hosts = new RoutedMemberHost({ local, remote: world.from(here), clock });
  const signer = CommandSigner.ofGroup(groupIdentity);
  return { world, commander: new GroupCommander({ hosts, signer, term: termOf(1) }) };
}

test("what is for this node goes to its own members, the rest to others", async () => {
  const { world, commander } = routed();
  // Whoever asked the others for it would hear that it is lost.
  world.lost.add(here);
  const producer = producerOf(1);
  for (const [slot, node] of [here, there].entries()) {
    const instance = { slot, incarnation: 1 };
    await commander.spawn(node, instance, orderOf(50 + slot));
    const { outputs } = await commander.deliver(node, instance, producer.next(utf8("3")));
    expect(textsOf(outputs)).toEqual(["3"]);
    expect((await commander.status(node)).nodeId).toBe(node);
  }
  world.lost.add(there);
  expect(await failureOf(commander.status(there))).toEqual(["host-unreachable", "never"]);
});

test("a member may be given no way to others", async () => {
  const world = new HostWorld();
  let failure: Promise<readonly [string, string]> | undefined;
  world.add(1, {
    programs: {
      caller: ({ ref, peers, host }) => ({
        deliver: ({ event, term }) => {
          failure = failureOf(peers.deliver(there, { ...ref, term, event }));
          return host.deliver(event);
        },
        snapshot: () => undefined,
        restore: () => {},
        end: () => {},
      }),
    },
  });
  const commander = world.commander();
  const instance = { slot: 0, incarnation: 1 };
  await commander.spawn(here, instance, orderOf(50, { program: "caller" }));
  await commander.deliver(here, instance, producerOf(1).next(utf8("3")));
  expect(await failure).toEqual(["host-unreachable", "never"]);
});
