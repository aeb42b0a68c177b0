import type { Session } from "./session/session.ts";

/** For how many probe timeouts a closed session answers, as RFC 9000 §10.2 has it. */
const LINGER_PTOS = 3;

/** Sessions that ended a moment ago: whoever has not heard of it is told once more. */
export class ClosingSessions {
  readonly #sessions: Map<number, { readonly session: Session; readonly until: number }> =
    new Map();

  get size(): number {
    return this.#sessions.size;
  }

  has(index: number): boolean {
    return this.#sessions.has(index);
  }

  /** `handshakeMs`: how long a peer of which nothing was heard yet may go on asking by message 3. */
  add(session: Session, now: number, handshakeMs: number): void {
    const { localIndex, packetsReceived, recovery, role } = session;
    const isUnheard = role === "responder" && packetsReceived === 0;
    const lingerMs = isUnheard ? handshakeMs : LINGER_PTOS * recovery.ptoMs;
    this.#sessions.set(localIndex, { session, until: now + lingerMs });
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
