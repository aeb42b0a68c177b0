import { type Transport, TransportError } from "@selvage/transport";

import { leakyTimers, throwingTimers } from "../planting/clock-bugs.ts";
import type { Plant } from "../planting/plant.ts";
import { noDedup, noReplayWindow } from "../planting/transport-patches.ts";
import * as patches from "./patches.ts";
import type { Rule } from "./rules.ts";
import type { Seams } from "./seams.ts";

/** Dials every peer once: whoever is lost stays lost. */
function dialsOnce(transport: Transport): Transport {
  const dialled = new Set<unknown>();
  const { connect } = transport;
  return Object.assign(transport, {
    connect: async (...parameters: Parameters<typeof connect>) => {
      const [{ nodeId }] = parameters;
      if (dialled.has(nodeId)) throw new TransportError("handshake-timeout", "dialled before");
      const peer = await Reflect.apply(connect, transport, parameters);
      dialled.add(nodeId);
      return peer;
    },
  });
}

/** Bugs that the rules must notice. */
export const plants: readonly Plant<Rule, Seams>[] = [
  {
    name: "reused-id",
    meaning: "a stream gets the id of the one before it now and then",
    breaks: "no-end",
    patch: patches.reusedId,
  },
  {
    name: "dropped-retransmission",
    meaning: "some of what was lost is not sent again",
    breaks: "no-end",
    patch: patches.droppedRetransmission,
  },
  {
    name: "credit-twice",
    meaning: "credit counts for more than was given",
    breaks: "credit",
    patch: patches.creditTwice,
  },
  {
    name: "credit-never",
    meaning: "some credit is never given back",
    breaks: "no-end",
    patch: patches.creditNever,
  },
  {
    name: "stream-credit-ignored",
    meaning: "more streams are opened than the peer allows",
    breaks: "accused",
    patch: patches.streamCreditTwice,
  },
  {
    name: "replay-window-off",
    meaning: "a packet counts again each time it arrives",
    breaks: "unnoticed",
    patch: noReplayWindow,
  },
  {
    name: "dedup-off",
    meaning: "a finished stream is opened once more when its packets are repeated",
    breaks: "started-twice",
    patch: noDedup,
  },
  {
    name: "out-of-order",
    meaning: "two messages change places now and then",
    breaks: "wrong-message",
    patch: patches.outOfOrder,
  },
  {
    name: "fin-before-data",
    meaning: "the end of a stream counts as soon as it is there",
    breaks: "wrong-message",
    patch: patches.finBeforeData,
  },
  {
    name: "duplicate-delivery",
    meaning: "what arrives once more is delivered once more",
    breaks: "wrong-message",
    patch: patches.duplicateDelivery,
  },
  {
    name: "corrupted-reassembly",
    meaning: "a fragment that overtook others is put in with a bit changed",
    breaks: "wrong-message",
    patch: patches.corruptedReassembly,
  },
  {
    name: "eager-ack",
    meaning: "a packet that is missing is acknowledged with the next one",
    breaks: "no-end",
    patch: patches.eagerAck,
  },
  {
    name: "datagram-twice",
    meaning: "some messages of fire-and-forget streams are delivered twice",
    breaks: "wrong-message",
    patch: patches.datagramTwice,
  },
  {
    name: "datagram-end-lost",
    meaning: "the end of a fire-and-forget stream is not always heard",
    breaks: "no-end",
    patch: patches.deafToOffsets,
  },
  {
    name: "lost-reset",
    meaning: "some resets are not told",
    breaks: "no-end",
    patch: patches.lostReset,
  },
  {
    name: "wrong-reset-code",
    meaning: "a reset arrives with another code",
    breaks: "false-reset",
    patch: patches.wrongResetCode,
  },
  {
    name: "silent-restart",
    meaning: "streams are not told that their peer was restarted",
    breaks: "no-end",
    patch: patches.silentRestart,
  },
  {
    name: "budget-leak",
    meaning: "memory for large messages is not always given back",
    breaks: "leak",
    patch: patches.budgetLeak,
  },
  {
    name: "always-never",
    meaning: "every stream says that certainly nothing of it was delivered",
    breaks: "false-never",
    patch: patches.alwaysNever,
  },
  {
    name: "hasty-verdict",
    meaning: "a silence counts for longer than it was",
    breaks: "false-failed",
    patch: patches.hastyVerdict,
  },
  {
    name: "path-stays",
    meaning: "a peer is not followed to its new address",
    breaks: "false-failed",
    patch: patches.pathStays,
  },
  {
    name: "short-lived",
    meaning: "a session ends after a while, whatever is going on in it",
    breaks: "false-loss",
    patch: patches.shortLived,
  },
  {
    name: "dials-once",
    meaning: "whoever was dialled once and lost is not dialled again",
    breaks: "not-reconnected",
    seams: { transport: dialsOnce },
  },
  {
    name: "timer-leak",
    meaning: "a long timer that is taken back stays set now and then",
    breaks: "leak",
    seams: { clock: leakyTimers(900) },
  },
  {
    name: "throwing-timer",
    meaning: "a timer's callback throws now and then",
    breaks: "crash",
    seams: { clock: throwingTimers },
  },
];
