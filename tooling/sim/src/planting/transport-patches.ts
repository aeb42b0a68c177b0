import { createRequire } from "node:module";

import { loadInternalClass, patchMethod } from "./internals.ts";

const transport = createRequire(import.meta.url).resolve("@selvage/transport/package.json");

interface SessionInside {
  readonly role: "initiator" | "responder";
  readonly peer: { readonly parameters: { readonly streamWindowBytes: number } };
  readonly streams: { receive(id: number): object | undefined; add(stream: object): void };
}

type StreamClass = new (host: object, options: object) => object;

/** A packet for a finished stream opens it again. */
export async function noDedup(): Promise<Disposable> {
  const Session = await loadInternalClass(transport, "session/session", "Session");
  let Stream: StreamClass | undefined;
  return patchMethod(Session, "onStreamData", (original) => {
    return function (this: object, ...parameters: readonly unknown[]): unknown {
      const session = this as SessionInside;
      const id = parameters[0] as number;
      const open = session.streams.receive(id);
      if (open !== undefined) {
        Stream ??= open.constructor as StreamClass;
      } else if (Stream !== undefined && (id % 2 === 1) === (session.role === "initiator")) {
        const sendLimit = session.peer.parameters.streamWindowBytes;
        session.streams.add(new Stream(session, { id, sendLimit }));
      }
      return Reflect.apply(original, this, parameters);
    };
  });
}

/** No packet number is remembered. */
export async function noReplayWindow(): Promise<Disposable> {
  const ReplayWindow = await loadInternalClass(transport, "packet/replay-window", "ReplayWindow");
  return patchMethod(ReplayWindow, "isNew", () => () => true);
}
