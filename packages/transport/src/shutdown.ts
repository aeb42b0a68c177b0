import type { Clock } from "@selvage/core";

import type { OwnPeer } from "./loopback/own-peer.ts";
import type { Session } from "./session/session.ts";

/** How often CLOSE is said to a peer that does not answer it, each a probe timeout apart. */
const CLOSE_ATTEMPTS = 4;
/** The longest wait for one answer to GOAWAY or CLOSE, in milliseconds. */
const MAX_LINGER_MS = 250;
/** Distance of the looks at whether a wait is over, in milliseconds. */
const POLL_MS = 5;

/** Gives GOAWAY the time to arrive: what peers open until then is still served. */
export async function untilGoawayIsHeard(
  clock: Clock,
  sessions: readonly Session[],
): Promise<void> {
  const live = sessions.filter((session) => session.liveness.responsive);
  if (live.length === 0) return;
  const isHeard = (): boolean =>
    live.every((session) => session.isClosed || session.recovery.outstanding === 0);
  // It leaves at the end of this turn; only then is there something to be acknowledged.
  await clock.sleep(POLL_MS);
  await waitUntil(clock, isHeard, Math.min(2 * longestPtoMs(live), MAX_LINGER_MS));
}

/** Waits until no stream is open, but no longer than `limitMs`. */
export async function untilDrained(
  clock: Clock,
  sessions: readonly Session[],
  ownPeer: Pick<OwnPeer, "size">,
  limitMs: number,
): Promise<void> {
  // Streams with a peer that shows no sign of life will not end by waiting.
  const isIdle = (): boolean =>
    ownPeer.size === 0 &&
    sessions.every(
      (session) => session.isClosed || session.streams.size === 0 || !session.liveness.responsive,
    );
  await waitUntil(clock, isIdle, limitMs);
}

/** CLOSE may be lost like any packet: repeats it, to peers to whom it matters, until answered. */
export async function untilCloseIsHeard(clock: Clock, sessions: readonly Session[]): Promise<void> {
  const live = sessions.filter((session) => session.liveness.responsive);
  for (let attempt = 0; attempt < CLOSE_ATTEMPTS; attempt++) {
    const waiting = live.filter((session) => !session.isClosedByPeer);
    if (waiting.length === 0) return;
    if (attempt > 0) for (const session of waiting) session.repeatClose();
    const isAnswered = (): boolean => waiting.every((session) => session.isClosedByPeer);
    await waitUntil(clock, isAnswered, Math.min(longestPtoMs(waiting), MAX_LINGER_MS));
  }
}

async function waitUntil(clock: Clock, condition: () => boolean, limitMs: number): Promise<void> {
  const until = clock.now() + limitMs;
  while (!condition() && clock.now() < until) {
    await clock.sleep(Math.max(1, Math.min(POLL_MS, until - clock.now())));
  }
}

const longestPtoMs = (sessions: readonly Session[]): number =>
  Math.max(0, ...sessions.map((session) => session.recovery.ptoMs));
