import { createRequire } from "node:module";

import { loadInternalClass, type Method, patchGetter } from "./internals.ts";
import { methodOf, type Patch } from "./patch.ts";

const transport = createRequire(import.meta.url).resolve("@selvage/transport/package.json");

/** Replaces a method of a class of the transport, named by its module below the source folder. */
export const method: ReturnType<typeof methodOf> = methodOf(transport);

/** Replaces a getter likewise. */
export function getter(
  [module, className, name]: readonly [module: string, className: string, name: string],
  wrap: (original: Method) => Method,
): Patch {
  return async () => patchGetter(await loadInternalClass(transport, module, className), name, wrap);
}

interface StreamInside {
  readonly isIncoming: boolean;
}

interface StreamsInside {
  readonly table: {
    receive(id: number): StreamInside | undefined;
    add(stream: object): void;
  };
}

type StreamClass = new (host: object, options: object) => object;

/** What a stream that should not be there may send, in bytes. */
const SEND_LIMIT = 65_536;

/** A packet for a finished stream opens it again. */
export const noDedup: Patch = method(
  ["session/session-streams", "SessionStreams", "onData"],
  (original) => {
    /** By session: what its incoming streams have in common. */
    const incoming = new WeakMap<object, { readonly bit: number; readonly Stream: StreamClass }>();
    return function (...parameters) {
      const { table } = this as StreamsInside;
      const id = parameters[0] as number;
      const open = table.receive(id);
      const known = incoming.get(table);
      if (open?.isIncoming === true) {
        incoming.set(table, { bit: id % 2, Stream: open.constructor as StreamClass });
      } else if (open === undefined && known?.bit === id % 2) {
        table.add(new known.Stream(this, { id, sendLimit: SEND_LIMIT }));
      }
      return Reflect.apply(original, this, parameters);
    };
  },
);

/** No packet number is remembered. */
export const noReplayWindow: Patch = method(
  ["packet/replay-window", "ReplayWindow", "isNew"],
  () => () => true,
);
