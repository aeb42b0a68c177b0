import type { Recovery } from "./session/recovery.ts";
import type { Session } from "./session/session.ts";

/** For how many probe timeouts a closed session answers, as RFC 9000 §10.2 has it. */
const LINGER_PTOS = 3;
/** The longest that any does, in milliseconds: probe timeouts of a dead path can be very long. */
const MAX_LINGER_MS = 2_000;
/** Closed sessions kept at once; the oldest go first. */
const MAX_CLOSING = 4_096;

/** What is left of a session that ended. */
export type ClosedSession = Pick<
  Session,
  "localIndex" | "packetsReceived" | "role" | "path" | "onPacket" | "repeatClose"
> & { readonly recovery: Pick<Recovery, "ptoMs"> };

/** Sessions that ended a moment ago: whoever has not heard of it is told once more. */
export class ClosingSessions {
  readonly #sessions: Map<number, { readonly session: ClosedSession; readonly until: number }> =
    new Map();

  get size(): number {
    return this.#sessions.size;
  }

  has(index: number): boolean {
    return this.#sessions.has(index);
  }

  /** `handshakeMs`: how long a peer of which nothing was heard yet may go on asking by message 3. */
  add(session: ClosedSession, now: number, handshakeMs: number): void {
    const { localIndex, packetsReceived, recovery, role } = session;
    const isUnheard = role === "responder" && packetsReceived === 0;
    const lingerMs = isUnheard ? handshakeMs : LINGER_PTOS * recovery.ptoMs;
    const until = now + Math.min(lingerMs, MAX_LINGER_MS);
    this.#sessions.set(localIndex, { session, until });
    const [oldest] = this.#sessions.keys();
    if (this.#sessions.size > MAX_CLOSING && oldest !== undefined) this.#sessions.delete(oldest);
  }

  /** Message 3 came once more: its sender has not heard that the session is over. */
  onLateFinal(index: number): void {
    this.#sessions.get(index)?.session.repeatClose();
  }

  /** Takes a late packet; `false` if no closing session has the index. */
  onPacket(index: number, datagram: Uint8Array): boolean {
    const closing = this.#sessions.get(index);
    if (closing === undefined) return false;
    const { session } = closing;
    if (session.onPacket(datagram, session.path)) session.repeatClose();
    return true;
  }

  expire(now: number): void {
    for (const [index, { until }] of this.#sessions) {
      if (until <= now) this.#sessions.delete(index);
    }
  }
}
