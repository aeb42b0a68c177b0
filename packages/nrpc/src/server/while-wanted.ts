import type { Clock } from "@selvage/core";
import type { MessageStream } from "@selvage/transport";

/** Whose waiting counts, and how long it may last. */
export interface Wanted {
  readonly stream: Pick<MessageStream, "onFailure">;
  readonly clock: Clock;
  remainingMs(): number;
}

/** Waits for something as long as the caller does: until its deadline, or until it is `gone`. */
export function whileWanted<T>(
  { stream, clock, remainingMs }: Wanted,
  work: Promise<T>,
): Promise<T | "timeout" | "gone"> {
  return new Promise((resolve, reject) => {
    const left = remainingMs();
    const timer = Number.isFinite(left)
      ? clock.setTimeout(() => resolve("timeout"), left).unref()
      : undefined;
    const stop = (): void => timer?.[Symbol.dispose]();
    // What is waited for may never come.
    stream.onFailure(() => {
      stop();
      resolve("gone");
    });
    void work.then(resolve, reject).finally(stop);
  });
}
