import { type Clock, Emitter, raceSignal, systemClock } from "@selvage/core";

/** What every policy may be given when it is made. */
export interface PolicyConfig {
  /** Default: the system's. */
  readonly clock?: Clock | undefined;
  /** Hears what a listener throws. Default: it becomes an unhandled rejection. */
  readonly reportError?: ((error: unknown) => void) | undefined;
}

/** What every policy gives to the function that it runs. Composed policies add to it. */
export interface PolicyContext {
  /** Aborts when the caller gives up or the policy does; pass it on to whatever waits. */
  readonly signal: AbortSignal;
}

/** What every policy is told about one call. */
export interface ExecuteOptions {
  /** Ends the call at once, a wait included, with its own reason. */
  readonly signal?: AbortSignal | undefined;
}

/**
 * A way of calling functions. It holds no state of a single call, so any number of calls may share
 * it at the same time. `T` is what it may answer itself in place of the function.
 *
 * What the function throws passes through untouched unless the policy says otherwise; one that
 * throws synchronously has rejected. When the call has settled, the policy has left no timer behind
 * and no listener on the caller's signal.
 */
export interface Policy<T = never, Context extends PolicyContext = PolicyContext> {
  /** For the type checker only: what the policy may answer itself. */
  readonly answers?: (() => T) | undefined;
  execute<R>(
    fn: (context: Context) => PromiseLike<R> | R,
    options?: ExecuteOptions,
  ): Promise<R | T>;
}

/**
 * Calls a function, unless the signal aborted, and waits for it no longer than that allows. A
 * function that ignores its signal goes on: `onEnd` hears when it is really over.
 */
export function run<Context extends PolicyContext, R>(
  fn: (context: Context) => PromiseLike<R> | R,
  context: Context,
  onEnd?: () => void,
): Promise<R> {
  const work = async (): Promise<R> => {
    try {
      context.signal.throwIfAborted();
      return await fn(context);
    } finally {
      onEnd?.();
    }
  };
  return raceSignal(work(), context.signal);
}

/** The context of a policy that aborts nothing itself: what it was told, always with a signal. */
export function passOn(options: ExecuteOptions | undefined): PolicyContext {
  return { ...options, signal: options?.signal ?? new AbortController().signal };
}

/** What every policy works with. */
export interface PolicyPorts<Event> {
  readonly clock: Clock;
  readonly events: Emitter<Event>;
}

/** The ports that a policy was given, or the system's. */
export function portsOf<Event>(config: PolicyConfig): PolicyPorts<Event> {
  const { clock = systemClock, reportError = surface } = config;
  return { clock, events: new Emitter(reportError) };
}

/** A listener's error is a bug of its owner: it must not vanish. */
function surface(thrown: unknown): void {
  void Promise.reject(thrown);
}
