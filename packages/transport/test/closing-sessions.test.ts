import { expect, test } from "vitest";

import { type ClosedSession, ClosingSessions } from "../src/closing-sessions.ts";

/** A session with nothing behind it; `said` counts its CLOSE frames. */
function closed(
  localIndex: number,
  overrides: Partial<ClosedSession> = {},
): ClosedSession & { said: number } {
  const session = {
    localIndex,
    role: "responder" as const,
    packetsReceived: 1,
    path: "10.0.0.1:7000",
    recovery: { ptoMs: 100 },
    said: 0,
    onPacket: () => true,
    repeatClose: () => void session.said++,
    ...overrides,
  };
  return session;
}

const PACKET = new Uint8Array(40);

test("a closed session answers for three probe timeouts", () => {
  const closing = new ClosingSessions();
  const session = closed(1);
  closing.add(session, 1_000, 5_000);
  closing.expire(1_299);
  expect([closing.onPacket(1, PACKET), session.said]).toEqual([true, 1]);
  closing.expire(1_300);
  expect([closing.onPacket(1, PACKET), closing.size]).toEqual([false, 0]);
});

test.each<[string, Partial<ClosedSession>]>([
  ["the path was dead", { recovery: { ptoMs: 60_000 } }],
  ["nothing was ever heard", { packetsReceived: 0 }],
])("but for two seconds at most, when %s", (_, overrides) => {
  const closing = new ClosingSessions();
  closing.add(closed(1, overrides), 0, 5_000);
  closing.expire(1_999);
  expect(closing.has(1)).toBe(true);
  closing.expire(2_000);
  expect(closing.has(1)).toBe(false);
});

test("when there are too many of them, the oldest go first", () => {
  const closing = new ClosingSessions();
  for (let index = 0; index < 5_000; index++) closing.add(closed(index), 0, 5_000);
  expect(closing.size).toBe(4_096);
  expect([closing.has(903), closing.has(904), closing.has(4_999)]).toEqual([false, true, true]);
});
