import { type Deferred, deferred, type NodeId } from "@selvage/core";

import { TransportError, withDelivered } from "../errors.ts";
import type { Session } from "../session/session.ts";
import type { Agreement, HandshakeHost } from "./handshake-host.ts";
import { handshakeTimeout, Initiation } from "./initiation.ts";

/** Whom a dial wants to reach, and for how long it tries. */
export interface DialTarget {
  readonly address: string;
  /** Whom we expect there; anybody with the key if `undefined`. */
  readonly expected: NodeId | undefined;
  readonly timeoutMs: number;
}

/** Who is told how a dial gets on. */
export interface DialOutlet {
  /** Keys are agreed: makes the session, which counts for nothing yet. */
  create(agreement: Agreement): Session;
  /** A handshake under this index has begun, or has ended. */
  onBegin(index: number, dial: Dial): void;
  onEnd(index: number): void;
  /** No further handshake will follow. */
  onOver(): void;
}

/**
 * The way to one session: a handshake, and another one when the peer seems to have forgotten it.
 * It goes on for as long as the most patient of those who wait for it.
 */
export class Dial {
  /** Callers who wait for it. */
  waiting = 0;
  readonly #host: HandshakeHost;
  readonly #target: DialTarget;
  readonly #outlet: DialOutlet;
  readonly #outcome: Deferred<Session> = deferred();
  #initiation: Initiation;
  #session: Session | undefined;
  #until: number;
  #isOver = false;

  constructor(host: HandshakeHost, target: DialTarget, outlet: DialOutlet) {
    this.#host = host;
    this.#target = target;
    this.#outlet = outlet;
    this.#until = host.clock.now() + target.timeoutMs;
    this.#outcome.promise.catch(() => {});
    this.#initiation = this.#begin(target.timeoutMs);
  }

  get initiation(): Initiation {
    return this.#initiation;
  }

  /** The session that may yet come to stand. */
  get session(): Session | undefined {
    return this.#session;
  }

  /** Resolves when the session stands, rejects when it will not. */
  get outcome(): Promise<Session> {
    return this.#outcome.promise;
  }

  /** Goes on for at least that long from now: somebody else waits for it too. */
  extend(timeoutMs: number): void {
    this.#until = Math.max(this.#until, this.#host.clock.now() + timeoutMs);
    this.#initiation.extend(timeoutMs);
  }

  /**
   * The first packet of the session authenticated; `admit` says whether the session may stand.
   */
  confirm(session: Session, admit: () => Promise<void>): void {
    const { failure } = session;
    if (failure !== undefined) {
      this.#initiation.fail(withDelivered(failure, "never"));
      return;
    }
    this.#initiation.confirm();
    admit().then(
      () => this.#outcome.resolve(session),
      (error: unknown) => this.#fail(error),
    );
  }

  /**
   * Nobody waits any more. Without effect once keys are agreed: the peer may have taken the session
   * for good by then, and use it.
   */
  giveUp(): void {
    if (this.#isOver || this.#session !== undefined) return;
    const text = "nobody waits for the session any more";
    this.#initiation.fail(new TransportError("session-lost", text));
  }

  #begin(timeoutMs: number): Initiation {
    const { address, expected } = this.#target;
    const initiation = new Initiation(this.#host, {
      address,
      expected,
      timeoutMs,
      onAgreed: (agreement) => {
        this.#session = this.#outlet.create(agreement);
      },
      onOver: () => {
        this.#outlet.onEnd(initiation.index);
        if (initiation !== this.#initiation) return;
        this.#isOver = true;
        this.#outlet.onOver();
      },
      onStale: () => this.#beginAgain(),
    });
    this.#outlet.onBegin(initiation.index, this);
    initiation.done.catch((error: unknown) => this.#fail(error));
    return initiation;
  }

  #beginAgain(): void {
    const { address, timeoutMs } = this.#target;
    const leftMs = this.#until - this.#host.clock.now();
    if (leftMs <= 0) {
      this.#initiation.fail(handshakeTimeout(address, timeoutMs));
      return;
    }
    const [stale, session] = [this.#initiation, this.#session];
    this.#session = undefined;
    this.#initiation = this.#begin(leftMs);
    stale.abandon();
    session?.fail(new TransportError("session-lost", `${address} never confirmed the session`));
  }

  #fail(error: unknown): void {
    this.#session?.fail(
      error instanceof TransportError
        ? error
        : new TransportError("handshake-failed", "the handshake ended", { cause: error }),
    );
    this.#outcome.reject(error);
  }
}
