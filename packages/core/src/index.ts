/**
 * The ports and small tools every Selvage layer is built from: time, randomness, bytes, bounded
 * queues, abort signals, lifecycle, events, logging and the error base.
 *
 * @packageDocumentation
 */
export { systemClock, type Clock, type Timer } from "./clock.ts";
export { sleepOn, type SleepOptions } from "./sleep.ts";
export {
  pick,
  randomBetween,
  randomInt,
  shuffle,
  systemEntropy,
  systemRandom,
  type Entropy,
  type Random,
} from "./random.ts";

export { BytePool } from "./byte-pool.ts";
export {
  compareBytes,
  concatBytes,
  copyBytes,
  equalBytes,
  fromHex,
  fromUtf8,
  toHex,
  utf8,
} from "./bytes.ts";
export { isNodeId, parseNodeId, type NodeId } from "./ids.ts";

export { AsyncQueue, type AsyncQueueConfig, type OverflowPolicy } from "./async-queue.ts";
export { Emitter, type Listen, type ListenOptions } from "./emitter.ts";
export { checkProperties } from "./known-properties.ts";
export { TokenBucket } from "./token-bucket.ts";
export { deferred, type Deferred } from "./deferred.ts";
export { deadlineSignal, linkSignals, onAbort, raceSignal, type LinkedSignal } from "./abort.ts";
export { CloseOnce, closeAll, type Closable } from "./lifecycle.ts";
export { silentLogger, type LogFields, type Logger } from "./logger.ts";

export {
  assertNever,
  CoreError,
  coreErrorKinds,
  deliveredOf,
  isSelvageError,
  SelvageError,
  type CoreErrorKind,
  type Delivered,
  type ErrorKindInfo,
  type ErrorTable,
  type SelvageErrorOptions,
} from "./errors.ts";
