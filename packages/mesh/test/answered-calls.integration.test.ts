import { expect, test } from "vitest";

import { ApplicationError } from "../src/index.ts";
import { MeshWorld, type Station } from "./mesh-world.ts";

const streamsOf = (stations: readonly Station[]): number[] =>
  stations.map(({ mesh }) => mesh.stats().transport.streams);

test.each([
  ["an error of the application with a very long text", "verbose", 0, "application"],
  ["an error whose long text is cut within a character", "verbose-faces", 0, "application"],
  ["an allow-list that throws", "guarded", 0, "denied"],
  ["an answer above what the caller takes", "big", 0, "message-too-large"],
  ["a request above what the provider takes", "echo", "x".repeat(80_000), "message-too-large"],
])("%s is told at once and leaves no stream open", async (_, service, request, kind) => {
  const world = new MeshWorld(5);
  const limits = { maxMessageBytes: 65_536 };
  const provider = await world.start("provider", [], { limits });
  const caller = await world.start("caller", ["provider"], { limits });
  const { mesh } = provider;
  await world.act(provider, () => {
    mesh.serve("verbose", () => {
      throw new ApplicationError("long", "y".repeat(100_000));
    });
    mesh.serve("verbose-faces", () => {
      throw new ApplicationError("long", `y${"😀".repeat(50_000)}`);
    });
    mesh.serve("guarded", () => 1, {
      allow: () => {
        throw new Error("the list cannot be read");
      },
    });
    mesh.serve("big", () => "x".repeat(80_000));
    mesh.serve("echo", (given) => given);
  });
  await world.sim.runUntil(() => caller.mesh.findProviders("echo").length === 1);
  await world.sim.runFor(100);
  const stations = [provider, caller];
  const before = streamsOf(stations);
  const startedAt = world.sim.now;
  for (let i = 0; i < 10; i++) {
    const error = await world.failure(caller, () =>
      caller.mesh.callService(service, request, { deadlineMs: Infinity }),
    );
    expect(error).toMatchObject({ kind });
  }
  expect(world.sim.now - startedAt).toBeLessThan(10 * 100);
  await world.sim.runFor(200);
  expect(streamsOf(stations)).toEqual(before);
  const answer = await world.act(caller, () => caller.mesh.callService("echo", "and now?"));
  expect(answer).toBe("and now?");
});
