import type { Caller } from "./seams.ts";

/** What is done to calls on their way to the product, and to what comes back. */
export interface Meddling {
  readonly options?: (options: Readonly<Record<string, unknown>>) => object;
  readonly error?: (error: unknown) => unknown;
  /** A pinned call is made by name. */
  readonly unpins?: boolean;
  /** A stream that breaks off is called for once more. */
  readonly resumes?: boolean;
}

type Call = (...parameters: readonly unknown[]) => unknown;

const callOf =
  (caller: Caller, name: keyof Caller): Call =>
  (...parameters) =>
    Reflect.apply(caller[name], caller, parameters) as unknown;

/** A caller whose options, errors and responses go through other hands. */
export function meddle(how: Meddling): (caller: Caller) => Caller {
  const wrap =
    (call: Call): Call =>
    (...parameters) => {
      const options = parameters.at(-1) as Readonly<Record<string, unknown>>;
      const make = (): unknown =>
        call(...parameters.slice(0, -1), how.options?.(options) ?? options);
      const made = make();
      if (made instanceof Promise) return how.error === undefined ? made : failing(made, how.error);
      return how.resumes === true ? resumed(made as AsyncIterable<unknown>, make) : made;
    };
  return (caller) => {
    const callService = wrap(callOf(caller, "callService"));
    const pinned: Call = (_node, ...rest) => callService(...rest);
    return {
      callService: callService as never,
      callNode: (how.unpins === true ? pinned : wrap(callOf(caller, "callNode"))) as never,
    };
  };
}

async function failing(
  made: Promise<unknown>,
  change: (error: unknown) => unknown,
): Promise<unknown> {
  try {
    return await made;
  } catch (error) {
    throw change(error);
  }
}

/** Begins anew where it broke off. */
async function* resumed(
  made: AsyncIterable<unknown>,
  make: () => unknown,
): AsyncGenerator<unknown, void> {
  let isBegun = false;
  try {
    for await (const response of made) {
      isBegun = true;
      yield response;
    }
  } catch (error) {
    if (!isBegun) throw error;
    yield* make() as AsyncIterable<unknown>;
  }
}
