import { type Clock, raceSignal } from "@selvage/core";

import { DEFAULT_SEND_RETRIES, SEND_RETRY_FIRST_MS, SEND_RETRY_MAX_MS } from "../defaults.ts";
import type { SendRetryOptions, StreamWaitOptions } from "./message-stream.ts";

/** What can be tried to be sent on. */
interface Sender {
  /** Sends unless the window is full; answers whether it did. */
  trySend(message: Uint8Array): boolean;
  send(message: Uint8Array): void;
  writable(): Promise<void>;
}

/** Sends as soon as there is room, however long that takes. */
export async function sendBlocking(
  sender: Sender,
  message: Uint8Array,
  { signal }: StreamWaitOptions,
): Promise<void> {
  signal?.throwIfAborted();
  while (!sender.trySend(message)) await raceSignal(sender.writable(), signal);
}

/** Sends, and tries again a few times, ever more slowly, while the window is full. */
export async function sendWithRetry(
  sender: Sender,
  clock: Clock,
  message: Uint8Array,
  { signal, retries = DEFAULT_SEND_RETRIES }: SendRetryOptions,
): Promise<void> {
  if (!Number.isInteger(retries) || retries < 0) {
    throw new RangeError(`retries must be a whole number from 0, got ${retries}`);
  }
  signal?.throwIfAborted();
  let pauseMs = SEND_RETRY_FIRST_MS;
  for (let left = retries; left > 0; left--) {
    if (sender.trySend(message)) return;
    await clock.sleep(pauseMs, { signal });
    pauseMs = Math.min(2 * pauseMs, SEND_RETRY_MAX_MS);
  }
  sender.send(message);
}
