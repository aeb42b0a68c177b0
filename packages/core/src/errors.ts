/** What one error kind means; the rows of every package's error table. */
export interface ErrorKindInfo {
  /** Whether repeating the same request later may succeed. */
  readonly retryable: boolean;
  /** One sentence for the README's error table. */
  readonly meaning: string;
}

/** A package's error table: kind → what it means. The keys are the type of `kind`. */
export type ErrorTable = Readonly<Record<string, ErrorKindInfo>>;

/**
 * Whether the remote handler may have started when an operation failed.
 *
 * `never`: no byte of the request was handed to the network, or the provider said in an
 * authenticated answer that it did not start the work. `maybe`: anything else.
 */
export type Delivered = "never" | "maybe";

/** Construction options of {@link SelvageError}. */
export interface SelvageErrorOptions {
  readonly cause?: unknown;
  /** Overrides the table's `retryable` for this one error. */
  readonly retryable?: boolean | undefined;
}

/** Shared by every copy of this package in one process, so that guards agree across duplicates. */
const brand: unique symbol = Symbol.for("@selvage/error");

/**
 * The base of every error that Selvage throws for a reason a program can act on.
 *
 * Programming errors (a wrong argument) are `TypeError` and `RangeError` instead, and a cancelled
 * operation rejects with its signal's own reason.
 */
export class SelvageError<Kind extends string = string> extends Error {
  /** Stable kebab-case discriminator. Sets of kinds are open: keep a default branch. */
  readonly kind: Kind;
  /** Whether repeating the same request later may succeed. */
  readonly retryable: boolean;

  constructor(
    table: Readonly<Record<Kind, ErrorKindInfo>>,
    kind: Kind,
    message: string,
    options: SelvageErrorOptions = {},
  ) {
    super(`[${kind}] ${message}`, "cause" in options ? { cause: options.cause } : undefined);
    this.name = new.target.name;
    this.kind = kind;
    this.retryable = options.retryable ?? table[kind].retryable;
    Object.defineProperty(this, brand, { value: true });
  }
}

/** True for an error of any Selvage package, also one from another copy of this module. */
export function isSelvageError(error: unknown): error is SelvageError {
  return typeof error === "object" && error !== null && brand in error;
}

/** The `delivered` field of an error about remote work; `undefined` for any other error. */
export function deliveredOf(error: unknown): Delivered | undefined {
  if (!isSelvageError(error) || !("delivered" in error)) return undefined;
  return error.delivered === "never" || error.delivered === "maybe" ? error.delivered : undefined;
}

/** Fails to compile where a union is not handled wholly, and throws if reached all the same. */
export function assertNever(value: never): never {
  throw new TypeError(`unexpected value: ${String(value)}`);
}

/** Kinds thrown by `@selvage/core` itself. */
export const coreErrorKinds = {
  overflow: { retryable: true, meaning: "a bounded queue is full and its policy is to fail" },
} as const;

/** The kinds of {@link CoreError}. */
export type CoreErrorKind = keyof typeof coreErrorKinds;

/** An error of `@selvage/core`. */
export class CoreError extends SelvageError<CoreErrorKind> {
  constructor(kind: CoreErrorKind, message: string, options?: SelvageErrorOptions) {
    super(coreErrorKinds, kind, message, options);
  }
}
