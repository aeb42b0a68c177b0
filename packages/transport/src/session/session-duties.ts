import type { TransportLimits } from "../defaults.ts";
import type { Acknowledgements } from "./acknowledgements.ts";
import type { Egress } from "./egress.ts";
import type { Liveness } from "./liveness.ts";
import type { PacketCipher } from "./packet-cipher.ts";
import type { PacketSender } from "./packet-sender.ts";
import type { PathSearch } from "./path-search.ts";
import type { Recovery } from "./recovery.ts";
import type { SessionHost } from "./session-host.ts";
import type { SessionStreams } from "./session-streams.ts";
import { SessionTimer } from "./session-timer.ts";

/** For how many probe timeouts the receiving key of the last phase is kept. */
const OLD_KEY_PTOS = 3;

/** The parts of a session that want something done at a time. */
export interface DutyParts {
  readonly acks: Acknowledgements;
  readonly cipher: PacketCipher;
  readonly egress: Egress;
  readonly liveness: Liveness;
  readonly paths: PathSearch;
  readonly recovery: Recovery;
  readonly sender: PacketSender;
  readonly streams: SessionStreams;
  /** Sends what is due; `ackNow`: do not hold back the ACK; `mayJudge`: the socket was read dry. */
  flush(ackNow: boolean, mayJudge: boolean): void;
  /** Nothing came back for a probe timeout. */
  onSilence(): void;
  /** The peer is unresponsive. */
  onVerdict(): void;
}

/** What a session does when its time has come: acknowledge, repeat, probe, judge, keep alive. */
export class SessionDuties implements Disposable {
  readonly #host: Pick<SessionHost, "clock" | "afterSocketIsDry">;
  readonly #limits: TransportLimits;
  readonly #parts: DutyParts;
  readonly #timer: SessionTimer;
  #oldKeyUntil = Number.POSITIVE_INFINITY;
  #isOver = false;

  constructor(host: Pick<SessionHost, "clock" | "limits" | "afterSocketIsDry">, parts: DutyParts) {
    this.#host = host;
    this.#limits = host.limits;
    this.#parts = parts;
    this.#timer = new SessionTimer(host.clock, () => this.#onTimer());
  }

  /** Something changed: the timer is set to what is due next, at the latest. */
  arm(): void {
    if (!this.#isOver) this.#timer.set(this.#nextAt());
  }

  /** A packet was opened: if that began a key phase, the last one's key goes after a while. */
  onOpened(now: number): void {
    const { cipher, recovery } = this.#parts;
    if (!cipher.keepsPrevious || this.#oldKeyUntil !== Number.POSITIVE_INFINITY) return;
    this.#oldKeyUntil = now + OLD_KEY_PTOS * recovery.ptoMs;
  }

  [Symbol.dispose](): void {
    this.#isOver = true;
    this.#timer[Symbol.dispose]();
  }

  #keepAliveAt(): number {
    const { recovery, sender, streams } = this.#parts;
    if (recovery.outstanding > 0) return Number.POSITIVE_INFINITY;
    const { probeIntervalMs, heartbeatMs } = this.#limits;
    return sender.lastElicitingAt + (streams.table.watched > 0 ? probeIntervalMs : heartbeatMs);
  }

  #nextAt(): number {
    const { acks, liveness, paths, recovery, sender } = this.#parts;
    const always = Math.min(
      recovery.nextAt() ?? Number.POSITIVE_INFINITY,
      liveness.nextAt(recovery.ptoMs) ?? Number.POSITIVE_INFINITY,
      paths.nextAt,
      this.#oldKeyUntil,
    );
    // What cannot be said before the path has answered is not due before either.
    if (sender.isMuted) return always;
    return Math.min(always, acks.dueAt, sender.nextAt, this.#keepAliveAt());
  }

  /**
   * The timer only notices. Whether something is lost or somebody silent is judged after all that
   * waits in the socket was read: an answer may be among it.
   */
  #onTimer(): void {
    const { acks, flush, sender } = this.#parts;
    const now = this.#host.clock.now();
    if (now >= acks.dueAt) flush(true, false);
    else if (now >= sender.nextAt) flush(false, false);
    if (now < this.#nextAt()) {
      this.arm();
      return;
    }
    this.#host.afterSocketIsDry(() => {
      if (!this.#isOver) this.#onDue(this.#host.clock.now());
    });
  }

  #onDue(now: number): void {
    const { cipher, egress, flush, liveness, onSilence, paths, recovery, sender } = this.#parts;
    if (now >= this.#oldKeyUntil) {
      cipher.forgetPrevious();
      this.#oldKeyUntil = Number.POSITIVE_INFINITY;
    }
    paths.step(now);
    if (recovery.isPtoDue(now)) {
      recovery.onPto(now);
      sender.probe(now);
      if (liveness.silenceMs(now) >= recovery.ptoMs) onSilence();
    }
    this.#judge(now);
    if (now >= this.#keepAliveAt()) egress.ping();
    flush(false, true);
  }

  #judge(now: number): void {
    const { egress, liveness, onVerdict, paths, recovery, sender } = this.#parts;
    switch (liveness.step(now, recovery.ptoMs)) {
      case "probe":
        egress.ping();
        sender.send(now, false);
        if (liveness.isDoubtful) paths.seek(now, liveness.silentSince ?? now);
        break;
      case "verdict":
        liveness.declareUnresponsive();
        onVerdict();
        break;
      case undefined:
        break;
    }
  }
}
