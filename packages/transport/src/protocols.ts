import { RESET_HANDLER_FAILED, RESET_UNKNOWN_PROTOCOL } from "./stream/reset-codes.ts";
import { type Stream } from "./stream/stream.ts";
import type { StreamHandler } from "./transport.ts";

/** Protocol numbers travel in two bytes. */
const MAX_PROTOCOL = 0xffff;

/** Throws `RangeError` for what is no protocol number. */
export function assertProtocol(protocol: number): void {
  if (Number.isInteger(protocol) && protocol >= 0 && protocol <= MAX_PROTOCOL) return;
  throw new RangeError(
    `protocol must be a whole number from 0 to ${MAX_PROTOCOL}, got ${protocol}`,
  );
}

/** Which handler takes the streams of which protocol. */
export class Protocols {
  readonly #handlers: Map<number, StreamHandler> = new Map();
  readonly #reportError: (error: unknown) => void;

  constructor(reportError: (error: unknown) => void) {
    this.#reportError = reportError;
  }

  serve(protocol: number, handler: StreamHandler): Disposable {
    assertProtocol(protocol);
    if (this.#handlers.has(protocol)) throw new TypeError(`protocol ${protocol} is served already`);
    this.#handlers.set(protocol, handler);
    return {
      [Symbol.dispose]: () => {
        if (this.#handlers.get(protocol) === handler) this.#handlers.delete(protocol);
      },
    };
  }

  /** Hands a stream to its handler, or back to the peer untouched. */
  start(stream: Stream): void {
    if (stream.isOver) return;
    const handler = this.#handlers.get(stream.protocol);
    if (handler === undefined) {
      stream.reset(RESET_UNKNOWN_PROTOCOL, { notStarted: true });
      return;
    }
    try {
      const running = handler(stream);
      // Whatever a handler returns that is no promise means nothing.
      if (running instanceof Promise) {
        running.catch((error: unknown) => this.#onFailed(stream, error));
      }
    } catch (error) {
      this.#onFailed(stream, error);
    }
  }

  /** That the stream was over before is the peer's doing, and no news. */
  #onFailed(stream: Stream, error: unknown): void {
    if (stream.isOver) return;
    this.#reportError(error);
    stream.reset(RESET_HANDLER_FAILED);
  }
}
