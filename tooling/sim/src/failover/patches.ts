import { createRequire } from "node:module";

import { loadInternalClass, patchMethod } from "../planting/internals.ts";

const require = createRequire(import.meta.url);
const capabilityIndex = require.resolve("@selvage/capability-index/package.json");
const mesh = require.resolve("@selvage/mesh/package.json");

/** What a node would tell others in the moment of closing is not told. */
export async function noWithdrawal(): Promise<Disposable> {
  const MeshNode = await loadInternalClass(mesh, "mesh-node", "MeshNode");
  const Feed = await loadInternalClass(capabilityIndex, "spreading/feed", "Feed");
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
  const telling = patchMethod(Feed, "push", (original) => {
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
