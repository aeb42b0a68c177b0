import { createRequire } from "node:module";

import { loadInternalClass, patchMethod } from "../internals.ts";

const require = createRequire(import.meta.url);
const transport = require.resolve("@selvage/transport/package.json");
const capabilityIndex = require.resolve("@selvage/capability-index/package.json");
const mesh = require.resolve("@selvage/mesh/package.json");

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

/** What a node would tell others in the moment of closing is not told. */
export async function noWithdrawal(): Promise<Disposable> {
  const MeshNode = await loadInternalClass(mesh, "mesh-node", "MeshNode");
  const PeerFeed = await loadInternalClass(capabilityIndex, "spreading/peer-feed", "PeerFeed");
  let muted = false;
  const closing = patchMethod(MeshNode, "close", (original) => {
    return function (this: object): unknown {
      muted = true;
      try {
        return Reflect.apply(original, this, []);
      } finally {
        muted = false;
      }
    };
  });
  const telling = patchMethod(PeerFeed, "push", (original) => {
    return function (this: object, ...parameters: readonly unknown[]): unknown {
      return muted ? undefined : Reflect.apply(original, this, parameters);
    };
  });
  return {
    [Symbol.dispose]: () => {
      telling[Symbol.dispose]();
      closing[Symbol.dispose]();
    },
  };
}

/** What was hidden once is never shown again. */
export async function noUnhide(): Promise<Disposable> {
  const CapabilityIndex = await loadInternalClass(
    capabilityIndex,
    "index/capability-index",
    "CapabilityIndex",
  );
  return patchMethod(CapabilityIndex, "unhide", () => () => {});
}
