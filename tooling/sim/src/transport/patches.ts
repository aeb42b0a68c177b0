import { TransportError } from "@selvage/transport";

import type { Method } from "../planting/internals.ts";
import { all, type Patch } from "../planting/patch.ts";
import { getter, method } from "../planting/transport-patches.ts";

type Inbound = readonly [module: string, className: string];

/** The receiving half of a reliable stream. */
const inbound: Inbound = ["stream/reliable-inbound", "ReliableInbound"];

/** Does the original, but for one call in so many. */
const sometimes =
  (every: number, instead: (original: Method) => Method) =>
  (original: Method): Method => {
    let calls = 0;
    const other = instead(original);
    return function (...parameters) {
      return Reflect.apply(++calls % every === 0 ? other : original, this, parameters);
    };
  };

const nothing = (): Method => () => {};

/** Another number in place of a parameter. */
const changing =
  (at: number, change: (value: number) => number) =>
  (original: Method): Method =>
    function (...parameters) {
      const changed = parameters.with(at, change(parameters[at] as number));
      return Reflect.apply(original, this, changed);
    };

/** A stream gets the id of the one before it now and then. */
export const reusedId: Patch = method(
  ["stream/stream-table", "StreamTable", "nextLocalId"],
  sometimes(20, (original) => {
    return function () {
      const id = Reflect.apply(original, this, []) as number | undefined;
      return id === undefined || id < 2 ? id : id - 2;
    };
  }),
);

/** Some of what was lost is not sent again. */
export const droppedRetransmission: Patch = method(
  ["stream/send-buffer", "SendBuffer", "onLost"],
  sometimes(10, nothing),
);

/** Credit counts for more than was given. */
export const creditTwice: Patch = method(
  ["stream/send-buffer", "SendBuffer", "allow"],
  changing(0, (limit) => limit + 65_536),
);

/** Some credit is never given back. */
export const creditNever: Patch = method(
  ["session/egress", "Egress", "wantsCredit"],
  sometimes(5, nothing),
);

/** The peer may open more streams than it was told. */
export const streamCreditTwice: Patch = method(
  ["stream/stream-table", "StreamTable", "nextLocalId"],
  (original) => {
    const opened = new WeakMap<object, number>();
    return function () {
      const id = Reflect.apply(original, this, []) as number | undefined;
      if (id !== undefined) opened.set(this, id);
      const last = opened.get(this);
      if (id !== undefined || last === undefined) return id;
      opened.set(this, last + 2);
      return last + 2;
    };
  },
);

/** Two messages change places now and then. */
export const outOfOrder: Patch = method([...inbound, "take"], (original) => {
  const held = new WeakMap<object, unknown>();
  let taken = 0;
  return function () {
    if (held.has(this)) {
      const message = held.get(this);
      held.delete(this);
      return message;
    }
    const first = Reflect.apply(original, this, []);
    if (first === undefined || ++taken % 50 > 0) return first;
    const second = Reflect.apply(original, this, []);
    if (second === undefined) return first;
    held.set(this, first);
    return second;
  };
});

/** The end of a stream counts as soon as it is there, whatever is missing before it. */
export const finBeforeData: Patch = all(
  method([...inbound, "onData"], (original) => {
    return function (...parameters) {
      if (parameters[2] === true) ended.add(this);
      return Reflect.apply(original, this, parameters);
    };
  }),
  getter([...inbound, "isAtEnd"], (original) => {
    return function () {
      return ended.has(this) || Reflect.apply(original, this, []);
    };
  }),
);
const ended = new WeakSet<object>();

/** What arrives once more is delivered once more. */
export const duplicateDelivery: Patch = all(
  method([...inbound, "onData"], (original) => {
    return function (...parameters) {
      const [offset, data] = parameters as readonly [number, Uint8Array];
      const state = repetitions.get(this) ?? { highest: 0, again: false, last: undefined };
      repetitions.set(this, state);
      if (data.length > 0 && offset + data.length <= state.highest) state.again = true;
      state.highest = Math.max(state.highest, offset + data.length);
      return Reflect.apply(original, this, parameters);
    };
  }),
  method([...inbound, "take"], (original) => {
    return function () {
      const state = repetitions.get(this);
      if (state?.again === true && state.last !== undefined) {
        state.again = false;
        return state.last.slice();
      }
      const message = Reflect.apply(original, this, []) as Uint8Array | undefined;
      if (state !== undefined && message !== undefined) state.last = message.slice();
      return message;
    };
  }),
);
const repetitions = new WeakMap<
  object,
  { highest: number; again: boolean; last: Uint8Array | undefined }
>();

/** A fragment that arrives before those below it is put in with a bit changed. */
export const corruptedReassembly: Patch = method(
  ["stream/receive-buffer", "ReceiveBuffer", "insert"],
  (original) => {
    return function (...parameters) {
      const [offset, data] = parameters as readonly [number, Uint8Array];
      const { highest } = this as { readonly highest: number };
      if (offset <= highest || data.length < 100) return Reflect.apply(original, this, parameters);
      return Reflect.apply(original, this, [offset, data.with(99, (data[99] ?? 0) ^ 1)]);
    };
  },
);

/** A packet that is missing is acknowledged with the next one. */
export const eagerAck: Patch = method(
  ["recovery/received-packets", "ReceivedPackets", "add"],
  (original) => {
    return function (...parameters) {
      const [number] = parameters as readonly [number];
      const { largest } = this as { readonly largest: number };
      if (number === largest + 2) Reflect.apply(original, this, [number - 1]);
      return Reflect.apply(original, this, parameters);
    };
  },
);

/** Some of what nobody repeats is delivered twice all the same. */
export const datagramTwice: Patch = method(
  ["stream/datagram-inbound", "DatagramInbound", "onMessage"],
  sometimes(50, (original) => {
    return function (...parameters) {
      Reflect.apply(original, this, parameters);
      return Reflect.apply(original, this, parameters);
    };
  }),
);

/** Where the other end is with what nobody repeats is not always heard. */
export const deafToOffsets: Patch = method(
  ["stream/datagram-inbound", "DatagramInbound", "onOffset"],
  sometimes(4, nothing),
);

/** Some resets are not told. */
export const lostReset: Patch = method(
  ["session/egress", "Egress", "reset"],
  sometimes(4, nothing),
);

/** A reset arrives with another code. */
export const wrongResetCode: Patch = method(
  ["session/session-streams", "SessionStreams", "onReset"],
  changing(1, (code) => code + 1),
);

/** The streams of a session whose other end was restarted are not told. */
export const silentRestart: Patch = method(
  ["session/session-streams", "SessionStreams", "fail"],
  (original) => {
    return function (...parameters) {
      if (String(parameters[0]).includes("was restarted")) return undefined;
      return Reflect.apply(original, this, parameters);
    };
  },
);

/** Memory for large messages is not always given back. */
export const budgetLeak: Patch = method(
  ["stream/reassembly-budget", "ReassemblyBudget", "claim"],
  sometimes(3, (original) => {
    return function (...parameters) {
      const claim = Reflect.apply(original, this, parameters) as object;
      return { ...claim, release: () => {} };
    };
  }),
);

/** Every stream says that certainly nothing of it was delivered. */
export const alwaysNever: Patch = getter(
  ["stream/stream-core", "StreamCore", "delivered"],
  () => () => "never",
);

/** A silence counts for longer than it was. */
export const hastyVerdict: Patch = method(
  ["session/session", "Session", "silenceMs"],
  (original) => {
    return function (...parameters) {
      return 12 * (Reflect.apply(original, this, parameters) as number);
    };
  },
);

/** A peer is not followed to its new address. */
export const pathStays: Patch = method(["session/paths", "Paths", "onPacket"], nothing);

/** A session ends after a while, whatever is going on in it. */
export const shortLived: Patch = method(["sessions", "Sessions", "renewOld"], () => {
  return function (...parameters) {
    const [now] = parameters as readonly [number];
    for (const session of (this as SessionsInside).all) {
      if (now - session.establishedAt < LIFETIME_MS) continue;
      session.close(0, new TransportError("session-lost", "too old", { delivered: "maybe" }));
    }
  };
});
const LIFETIME_MS = 15_000;

interface SessionsInside {
  readonly all: readonly {
    readonly establishedAt: number;
    close(code: number, error: TransportError): void;
  }[];
}
