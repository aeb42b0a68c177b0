import { ANNOUNCEMENT_PROTOCOL } from "@selvage/capability-index";
import type { Peer } from "@selvage/transport";

import type { Patch } from "../planting/patch.ts";
import { method } from "./patching.ts";

/** Tables that differ are left as they are. */
export const noSync: Patch = method(["spreading/table-sync", "TableSync", "start"], () => () => {});

/** What one neighbour tells is told to no other. */
export const noForwarding: Patch = method(
  ["spreading/feeds", "Feeds", "tell"],
  (original) =>
    function (nodeId, except) {
      return except === undefined ? Reflect.apply(original, this, [nodeId]) : undefined;
    },
);

/** Nobody speaks above what is told of its former life. */
export const noOutdoing: Patch = method(
  ["spreading/publisher", "Publisher", "onOwn"],
  () => () => {},
);

/** Who closes takes nothing back. */
export const noGoodbye: Patch = method(
  ["spreading/publisher", "Publisher", "withdraw"],
  () =>
    function () {
      (this as Disposable)[Symbol.dispose]();
    },
);

/** Whatever changes is told at once. */
export const noPace: Patch = method(
  ["spreading/publisher", "Publisher", "announce"],
  (original) =>
    function (capabilities, options) {
      const urgent = { ...(options as object | undefined), urgent: true };
      return Reflect.apply(original, this, [capabilities, urgent]);
    },
);

/** Goodbyes are told as news, and not to who missed them. */
export const noOldGoodbyes: Patch = method(
  ["index/capability-index", "CapabilityIndex", "entries"],
  (original) =>
    function () {
      const entries = Reflect.apply(original, this, []) as readonly {
        readonly tombstone: boolean;
      }[];
      return entries.filter(({ tombstone }) => !tombstone);
    },
);

/** Streams for feeds are opened at each look at a neighbour, and forgotten. */
export const forgottenStreams: Patch = method(
  ["spreading/feeds", "Feeds", "open"],
  (original) =>
    function (peer) {
      const isOpen = Reflect.apply(original, this, [peer]);
      (peer as Peer).openStream(ANNOUNCEMENT_PROTOCOL);
      return isOpen;
    },
);
