import { copyBytes } from "@selvage/core";

import { MAX_OUTPUTS } from "../defaults.ts";
import { ComputeError, type ComputeErrorKind } from "../errors.ts";
import { ByteWriter } from "../wire/byte-writer.ts";
import type { DaemonEvent } from "./daemon-event.ts";
import type { DaemonHealth, MeshDaemon } from "./mesh-daemon.ts";

/** Whether a daemon has a state to restore. */
export function isStateful(daemon: MeshDaemon): boolean {
  return typeof daemon.restore === "function";
}

/**
 * Lets a daemon process an event and checks what it returns: types are no proof.
 *
 * @throws {@link ComputeError} with kind `process-failed` or `async-process`.
 */
export function processEvent(
  daemon: MeshDaemon,
  event: DaemonEvent,
  maxOutputBytes: number,
): readonly Uint8Array[] {
  const outputs = attempt("process-failed", daemon, "process", (): unknown =>
    daemon.process(event),
  );
  if (isThenable(outputs)) {
    ignoreRejection(outputs);
    throw new ComputeError("async-process", `process of daemon "${daemon.name}" gave a promise`);
  }
  if (!isByteList(outputs)) {
    throw new ComputeError(
      "process-failed",
      `process of daemon "${daemon.name}" must return an array of byte arrays`,
    );
  }
  const bytes = outputs.reduce((sum, output) => sum + output.length, 0);
  if (outputs.length > MAX_OUTPUTS || bytes > maxOutputBytes) {
    throw new ComputeError(
      "process-failed",
      `${outputs.length} outputs with ${bytes} bytes are more than ${MAX_OUTPUTS} with ${maxOutputBytes}`,
    );
  }
  return outputs;
}

/**
 * The state of a daemon in one piece, as a copy; `undefined` if it has none.
 *
 * @throws {@link ComputeError} with kind `snapshot-failed` or `state-too-large`.
 */
export function takeState(daemon: MeshDaemon, maxBytes: number): Uint8Array | undefined {
  const state = attempt("snapshot-failed", daemon, "snapshot", () => {
    const given: unknown = daemon.snapshot?.();
    if (given === undefined || given === null) return undefined;
    if (isThenable(given)) {
      ignoreRejection(given);
      throw new TypeError("it gave a promise");
    }
    return join(given, maxBytes);
  });
  if (typeof state === "number") checkSize(state, maxBytes);
  return typeof state === "number" ? undefined : state;
}

/**
 * Gives a daemon its state. Nothing at all may be given to any daemon.
 *
 * @throws {@link ComputeError} with kind `restore-failed` or `state-too-large`.
 */
export function restoreState(daemon: MeshDaemon, state: Uint8Array, maxBytes: number): void {
  checkSize(state.length, maxBytes);
  if (!isStateful(daemon)) {
    if (state.length === 0) return;
    throw new ComputeError(
      "restore-failed",
      `daemon "${daemon.name}" has no restore, and there are ${state.length} bytes of state`,
    );
  }
  attempt("restore-failed", daemon, "restore", () => {
    const result: unknown = daemon.restore?.(state);
    if (!isThenable(result)) return;
    ignoreRejection(result);
    throw new TypeError("it gave a promise");
  });
}

/** How a daemon feels; one that throws when asked is not well. */
export function healthOf(daemon: MeshDaemon): DaemonHealth {
  try {
    return daemon.health?.() ?? { status: "healthy" };
  } catch (error) {
    return { status: "unhealthy", reason: `health threw: ${messageOf(error)}` };
  }
}

/** How busy a daemon is, from 0 to 1; nonsense is 0. */
export function saturationOf(daemon: MeshDaemon): number {
  try {
    const saturation = daemon.saturation?.() ?? 0;
    return saturation > 0 ? Math.min(saturation, 1) : 0;
  } catch {
    return 0;
  }
}

/** What an error says, whatever it is. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** The state as a copy; if it is too large, the length at which that was found out. */
function join(state: unknown, maxBytes: number): Uint8Array | number {
  if (state instanceof Uint8Array) return state.length > maxBytes ? state.length : copyBytes(state);
  if (!isIterable(state)) throw new TypeError("it gave neither bytes nor parts");
  const writer = new ByteWriter();
  let total = 0;
  for (const part of state) {
    if (!(part instanceof Uint8Array)) throw new TypeError("a part is no byte array");
    total += part.length;
    if (total > maxBytes) return total;
    writer.bytes(part);
  }
  return writer.finish();
}

function checkSize(bytes: number, maxBytes: number): void {
  if (bytes <= maxBytes) return;
  throw new ComputeError("state-too-large", `a state of ${bytes} bytes is more than ${maxBytes}`);
}

function attempt<T>(kind: ComputeErrorKind, daemon: MeshDaemon, what: string, act: () => T): T {
  try {
    return act();
  } catch (cause) {
    const message = `${what} of daemon "${daemon.name}" failed: ${messageOf(cause)}`;
    throw new ComputeError(kind, message, { cause });
  }
}

function isByteList(value: unknown): value is readonly Uint8Array[] {
  return Array.isArray(value) && value.every((item) => item instanceof Uint8Array);
}

function isIterable(value: unknown): value is Iterable<unknown> {
  return typeof value === "object" && value !== null && Symbol.iterator in value;
}

function isThenable(value: unknown): value is PromiseLike<unknown> {
  return (
    typeof value === "object" &&
    value !== null &&
    "then" in value &&
    typeof value.then === "function"
  );
}

function ignoreRejection(promise: PromiseLike<unknown>): void {
  promise.then(undefined, () => {});
}
