import { deferred } from "@selvage/core";

/** The results of tasks in the order of the tasks, of which up to `limit` are under way at a time. */
export async function* inOrder<T>(
  tasks: readonly (() => Promise<T>)[],
  limit: number,
): AsyncGenerator<T> {
  const waiting = tasks.map((task) => ({ task, result: deferred<T>() }));
  // Whoever is free takes the next one.
  const queue = waiting.values();
  let isOver = false;
  const work = async (): Promise<void> => {
    for (const { task, result } of queue) {
      if (isOver) return;
      result.promise.catch(() => {});
      await task().then(result.resolve, result.reject);
    }
  };
  for (let i = 0; i < limit; i++) void work();
  try {
    for (const { result } of waiting) yield await result.promise;
  } finally {
    isOver = true;
  }
}
