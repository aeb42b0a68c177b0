import { describe, expect, test } from "vitest";

import type { MessageStream, Peer } from "../src/index.ts";
import { Diamond } from "./relay-world.ts";
import { ECHO, readable, type Station, text } from "./world.ts";

const tick = 20;

/** Sends a numbered message every 20 ms, each echoed; ends with what came back, or how it failed. */
function conversation(
  { world, a }: Diamond,
  peer: Peer,
  messages: number,
): { readonly over: Promise<unknown>; readonly heard: string[] } {
  const heard: string[] = [];
  const over = world.begin(a, async () => {
    const stream: MessageStream = peer.openStream(ECHO, { watched: true });
    const talk = async (): Promise<void> => {
      for (let i = 0; i < messages; i++) {
        await stream.sendBlocking(text(`message ${i}`));
        await a.node.clock.sleep(tick);
      }
      stream.end();
    };
    const listen = async (): Promise<void> => {
      for (;;) {
        const message = await stream.receive();
        if (message === undefined) return;
        heard.push(readable(message) ?? "");
      }
    };
    await Promise.all([talk(), listen()]);
    return "ended";
  });
  return { over, heard };
}

const all = (messages: number): string[] =>
  Array.from({ length: messages }, (_, i) => `message ${i}`);

const forwarded = ({ transport }: Station): number => transport.stats().relay.forwarded;

describe("when the relay of a conversation", () => {
  test("is killed, another takes over, and nothing of it is lost", async () => {
    const diamond = await Diamond.of();
    const { world, b1, b2 } = diamond;
    const { over, heard } = conversation(diamond, await diamond.dial(), 100);
    await world.sim.runFor(1_000);
    const [used, spare] = forwarded(b1) > 0 ? [b1, b2] : [b2, b1];
    expect(forwarded(spare)).toBe(0);
    const before = heard.length;
    world.sim.kill(used.node);
    await world.sim.runFor(1_000);
    expect(heard.length).toBeGreaterThan(before + 20);
    expect(forwarded(spare)).toBeGreaterThan(0);
    expect(await world.sim.settle(over)).toBe("ended");
    expect(heard).toEqual(all(100));
    expect(diamond.a.events).not.toContain("failed");
  });

  test("loses sight of the other end, another takes over", async () => {
    const diamond = await Diamond.of();
    const { world, b1, b2, c } = diamond;
    const { over, heard } = conversation(diamond, await diamond.dial(), 100);
    await world.sim.runFor(1_000);
    const [used, spare] = forwarded(b1) > 0 ? [b1, b2] : [b2, b1];
    const before = heard.length;
    world.sim.network.partition(used.node, c.node);
    await world.sim.runFor(1_000);
    expect(heard.length).toBeGreaterThan(before + 20);
    expect(forwarded(spare)).toBeGreaterThan(0);
    expect(await world.sim.settle(over)).toBe("ended");
    expect(heard).toEqual(all(100));
  });

  test("is back, it relays again", async () => {
    const diamond = await Diamond.of();
    const { world, a, b1, b2, c } = diamond;
    const { over, heard } = conversation(diamond, await diamond.dial(), 200);
    await world.sim.runFor(1_000);
    const used = forwarded(b1) > 0 ? b1 : b2;
    world.sim.kill(used.node);
    await world.sim.runFor(1_000);
    const again = world.start(world.sim.restart(used.node));
    await world.connect(again, a);
    await world.connect(again, c);
    await world.sim.runFor(1_000);
    expect(forwarded(again)).toBeGreaterThan(20);
    expect(await world.sim.settle(over)).toBe("ended");
    expect(heard).toEqual(all(200));
  });
});

describe("a direct path", () => {
  test("that is cut in mid-conversation is replaced by a relay, without loss", async () => {
    const diamond = await Diamond.of({ isCut: false });
    const { world, a, b1, b2, c } = diamond;
    const peer = await world.connect(a, c);
    await world.sim.runFor(500);
    const { over, heard } = conversation(diamond, peer, 100);
    await world.sim.runFor(500);
    expect([peer.isRelayed, forwarded(b1), forwarded(b2)]).toEqual([false, 0, 0]);
    const before = heard.length;
    diamond.cut();
    await world.sim.runFor(1_000);
    expect(peer.isRelayed).toBe(true);
    expect(heard.length).toBeGreaterThan(before + 20);
    expect(await world.sim.settle(over)).toBe("ended");
    expect(heard).toEqual(all(100));
    expect(a.events).not.toContain("disconnected");
  });

  test("is taken as soon as it works, and the conversation goes on", async () => {
    const diamond = await Diamond.of();
    const { world, a, b1, b2, c } = diamond;
    const peer = await diamond.dial();
    const { over, heard } = conversation(diamond, peer, 400);
    await world.sim.runFor(1_000);
    world.sim.network.heal(a.node, c.node);
    await world.sim.runFor(3_000);
    expect([peer.isRelayed, peer.address]).toEqual([false, c.transport.address]);
    expect(c.transport.peer(a.transport.nodeId)?.address).toBe(a.transport.address);
    const relayed = forwarded(b1) + forwarded(b2);
    await world.sim.runFor(1_000);
    expect(forwarded(b1) + forwarded(b2)).toBe(relayed);
    expect(await world.sim.settle(over)).toBe("ended");
    expect(heard).toEqual(all(400));
  });

  test("is taken by a dial even if it takes its time, but not for ever", async () => {
    const diamond = await Diamond.of({ isCut: false, link: { latencyMs: 40 } });
    const { world, a, c } = diamond;
    const target = { address: c.transport.address, nodeId: c.transport.nodeId };
    const peer = await world.act(a, () => a.transport.connect(target));
    expect(peer.isRelayed).toBe(false);
    expect(a.transport.stats().relay.dropped).toEqual({});
  });

  test("that is cut makes a dial go through a relay after 300 ms", async () => {
    const diamond = await Diamond.of();
    const { world, a, b1, b2, c } = diamond;
    const target = { address: c.transport.address, nodeId: c.transport.nodeId };
    const startedAt = world.sim.now;
    const peer = await world.act(a, () => a.transport.connect(target));
    expect(peer.isRelayed).toBe(true);
    expect(world.sim.now - startedAt).toBeGreaterThanOrEqual(300);
    expect(world.sim.now - startedAt).toBeLessThan(400);
    expect(forwarded(b1) + forwarded(b2)).toBeGreaterThan(0);
    // The direct handshake was given up: when the path heals, there is still one session.
    world.sim.network.heal(a.node, c.node);
    await world.sim.runFor(5_000);
    expect(a.transport.stats().sessions).toBe(3);
  });
});
