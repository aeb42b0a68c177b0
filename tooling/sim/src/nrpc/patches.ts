import { createRequire } from "node:module";

import type { MessageStream } from "@selvage/transport";

import type { Method } from "../planting/internals.ts";
import { all, methodOf, type Patch } from "../planting/patch.ts";
import {
  getter as transportGetter,
  method as transportMethod,
} from "../planting/transport-patches.ts";

const nrpc = createRequire(import.meta.url).resolve("@selvage/nrpc/package.json");
const method = methodOf(nrpc);
const nothing = (): Method => () => {};

/** Who is told requests that another one was told before hears all but the first. */
export const replayPartial: Patch = method(
  ["client/request-stream", "RequestStream", "sendOn"],
  (original) => {
    const told = new WeakSet<object>();
    return function (...parameters) {
      const [stream, ...rest] = parameters as [RequestSink, ...unknown[]];
      const isAgain = told.has(this);
      told.add(this);
      return Reflect.apply(original, this, [isAgain ? withoutFirst(stream) : stream, ...rest]);
    };
  },
);

type RequestSink = Pick<MessageStream, "send" | "sendBlocking" | "end">;

function withoutFirst(stream: RequestSink): RequestSink {
  let isFirst = true;
  return {
    send: (message) => stream.send(message),
    end: (message) => stream.end(message),
    sendBlocking: async (message, options) => {
      if (!isFirst) await stream.sendBlocking(message, options);
      isFirst = false;
    },
  };
}

/** Requests go on after their call. */
export const sourceKept: Patch = method(
  ["client/request-stream", "RequestStream", "close"],
  nothing,
);

/** Every key is new to the store. */
export const keysForgotten: Patch = method(
  ["server/memory-replay-store", "MemoryReplayStore", "claim"],
  () => () => ({ state: "claimed", complete: () => {}, release: () => {} }),
);

const replies = ["client/reply-stream", "ReplyStream", "next"] as const;

/** One response in some is skipped. */
export const responseDropped: Patch = method(replies, (original) => {
  let taken = 0;
  return async function () {
    const body = await (Reflect.apply(original, this, []) as Promise<unknown>);
    if (body === undefined || ++taken % 10 > 0) return body;
    return await (Reflect.apply(original, this, []) as Promise<unknown>);
  };
});

/** The first response comes twice. */
export const firstTwice: Patch = method(replies, (original) => {
  const first = new WeakMap<object, unknown>();
  return async function () {
    const again = first.get(this);
    if (again !== undefined && again !== "told") {
      first.set(this, "told");
      return again;
    }
    const response = await (Reflect.apply(original, this, []) as Promise<unknown>);
    if (response !== undefined && again === undefined) first.set(this, response);
    return response;
  };
});

/** A stream that breaks off looks as if it had ended. */
export const endHidesError: Patch = method(replies, (original) => {
  return async function () {
    try {
      return await (Reflect.apply(original, this, []) as Promise<unknown>);
    } catch {
      return undefined;
    }
  };
});

/** Every attempt is told of all the time that the call had at its beginning. */
export const deadlineRestarts: Patch = method(
  ["client/outgoing-call", "OutgoingCall", "message"],
  (original) => {
    return function (...parameters) {
      const call = this as { readonly deadlineMs: number; remainingMs?: () => number };
      call.remainingMs = () => call.deadlineMs;
      try {
        return Reflect.apply(original, this, parameters);
      } finally {
        delete call.remainingMs;
      }
    };
  },
);

/** A breaker that was open once stays so, whatever the answers. */
export const breakerStuck: Patch = all(
  method(["selection/provider-breakers", "ProviderBreakers", "isOpen"], (original) => {
    const stuck = new WeakMap<object, Set<string>>();
    return function (...parameters) {
      const pairs = stuck.get(this) ?? new Set<string>();
      stuck.set(this, pairs);
      const pair = parameters.join(" ");
      if (Reflect.apply(original, this, parameters) === true) pairs.add(pair);
      return pairs.has(pair);
    };
  }),
  method(["selection/provider-breakers", "ProviderBreakers", "ended"], (original) => {
    return function (...parameters) {
      const [service, nodeId, outcome, lease] = parameters;
      if (outcome === "ok") (lease as { release(): void } | undefined)?.release();
      else Reflect.apply(original, this, [service, nodeId, outcome, lease]);
    };
  }),
);

/** Who leaves the queue keeps the place. */
export const placeLeak: Patch = method(["server/call-slots", "CallSlots", "queue"], (original) => {
  return function () {
    const place = Reflect.apply(original, this, []) as object | undefined;
    return place && { ...place, leave: () => {} };
  };
});

/** There is always a slot. */
export const noLimit: Patch = method(["server/call-slots", "CallSlots", "take"], (original) => {
  return function () {
    Reflect.apply(original, this, []);
    return true;
  };
});

/** Calls that are taken back are not told. */
export const cancelLost: Patch = transportMethod(["session/egress", "Egress", "reset"], nothing);

/** Who stood still takes what waited for fresh, and does not hear that it was taken back. */
export const deadWork: Patch = all(
  cancelLost,
  transportGetter(["stall-watch", "StallWatch", "stallMs"], () => () => 0),
  transportMethod(["turn", "Turn", "holdHandlers"], nothing),
);
