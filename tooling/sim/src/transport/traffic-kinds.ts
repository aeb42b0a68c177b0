import { type Random, randomBetween, randomInt } from "@selvage/core";
import { MAX_DATAGRAM_MESSAGE_BYTES } from "@selvage/transport";

import { chance, drawWeighted, logBetween, oneOf } from "../world/draw.ts";
import { HEADER_BYTES } from "./payload.ts";
import { quietSide, type SidePlan, type StreamPlan } from "./stream-plan.ts";

/** The protocol that every station serves. */
export const SERVED_PROTOCOL = 7;
/** A protocol that nobody serves. */
const UNSERVED_PROTOCOL = 8;

/** What a kind of traffic is drawn with. */
export interface DrawContext {
  readonly random: Random;
  /** How much the receiver takes unread per stream, in bytes. */
  readonly windowBytes: number;
  /** The longest message that the receiver takes, in bytes … */
  readonly receiverMaxBytes: number;
  /** … and that both ends take. */
  readonly maxMessageBytes: number;
  /** Huge messages are for some runs only: they take most of the time. */
  readonly allowsHuge: boolean;
}

/** What nodes use streams for. */
export interface TrafficKind {
  readonly name: string;
  readonly weight: number;
  /** One use: the streams that are opened for it, all at once. */
  draw(context: DrawContext): readonly Omit<StreamPlan, "kind">[];
}

/** Every kind of traffic. A new one is added here. */
export const trafficKinds: readonly TrafficKind[] = [
  {
    name: "call",
    weight: 10,
    draw: ({ random }) => [call(random)],
  },
  {
    name: "crowd",
    weight: 1,
    draw: ({ random }) => Array.from({ length: logBetween(random, 20, 120) }, () => call(random)),
  },
  {
    name: "chatter",
    weight: 3,
    draw: ({ random }) => [
      plan({
        opener: talk(
          random,
          many(random, 5, 150, () => randomInt(random, 200)),
        ),
        handler: talk(
          random,
          many(random, 5, 150, () => randomInt(random, 200)),
        ),
      }),
    ],
  },
  {
    name: "mixed",
    weight: 5,
    draw: ({ random, windowBytes }) => [
      plan({
        opener: talk(
          random,
          many(random, 1, 12, () => length(random, 2 * windowBytes)),
        ),
        handler: talk(
          random,
          many(random, 1, 12, () => length(random, 2 * windowBytes)),
        ),
      }),
    ],
  },
  {
    name: "bulk",
    weight: 1,
    draw: ({ random, maxMessageBytes }) => {
      const most = Math.min(maxMessageBytes, 1_048_576);
      const lengths = many(random, 1, 3, () => logBetween(random, 20_000, most));
      const isDownload = chance(random, 0.5);
      return [
        plan({
          opener: talk(random, isDownload ? [] : lengths),
          handler: { ...talk(random, isDownload ? lengths : [10]), sendsAfter: isDownload ? 1 : 2 },
        }),
      ];
    },
  },
  {
    name: "huge",
    weight: 0.2,
    draw: ({ random, maxMessageBytes, allowsHuge }) => {
      const huge = logBetween(random, maxMessageBytes / 4, maxMessageBytes);
      return allowsHuge ? [plan({ opener: talk(random, [huge]) })] : [];
    },
  },
  {
    name: "slow-reader",
    weight: 2,
    draw: ({ random, windowBytes }) => [
      plan({
        opener: talk(
          random,
          many(random, 4, 20, () => length(random, windowBytes / 2)),
        ),
        handler: { ...quietSide, readGapMs: logBetween(random, 20, 1_000) },
      }),
    ],
  },
  {
    name: "unread",
    weight: 1.5,
    draw: ({ random, windowBytes }) => [
      plan({
        opener: {
          ...talk(
            random,
            many(random, 2, 12, () => length(random, windowBytes)),
          ),
          ...(chance(random, 0.5) ? resets(random, 20_000) : {}),
        },
        handler: { ...quietSide, readsAtMost: 1 + randomInt(random, 2) },
      }),
    ],
  },
  {
    name: "reset",
    weight: 4,
    draw: ({ random, windowBytes }) => {
      const lengths = (): number[] => many(random, 1, 20, () => length(random, windowBytes));
      const byHandler = chance(random, 0.5);
      const notStarted = byHandler && chance(random, 0.3);
      const reset = { ...resets(random, 1_500), resetsNotStarted: notStarted };
      return [
        plan({
          opener: { ...talk(random, lengths()), ...(byHandler ? {} : reset) },
          handler: { ...talk(random, lengths()), ...(byHandler ? reset : {}) },
        }),
      ];
    },
  },
  {
    name: "datagrams",
    weight: 4,
    draw: ({ random }) => {
      const side = (): SidePlan => ({
        ...talk(
          random,
          many(random, 0, 120, () => datagramLength(random)),
        ),
        readGapMs: chance(random, 0.7) ? 0 : logBetween(random, 1, 300),
        ...(chance(random, 0.1) ? resets(random, 2_000) : {}),
      });
      return [plan({ reliability: "fire-and-forget", opener: side(), handler: side() })];
    },
  },
  {
    name: "oversized",
    weight: 0.3,
    draw: ({ random, receiverMaxBytes }) => [
      plan({ opener: talk(random, [20, receiverMaxBytes + 1]), handler: talk(random, [20]) }),
    ],
  },
  {
    name: "half-closed",
    weight: 3,
    draw: ({ random, windowBytes }) => [
      plan({
        opener: {
          ...talk(
            random,
            many(random, 0, 3, () => length(random, 500)),
          ),
          readGapMs: 5,
        },
        handler: {
          ...talk(
            random,
            many(random, 1, 15, () => length(random, windowBytes)),
          ),
          sendsAfter: Number.POSITIVE_INFINITY,
        },
      }),
    ],
  },
  {
    name: "callback",
    weight: 2,
    draw: ({ random }) => {
      const { opener, handler } = call(random);
      return [plan({ watched: true, opener, handler: { ...handler, callsBack: true } })];
    },
  },
  {
    name: "unserved",
    weight: 0.5,
    draw: ({ random }) => [{ ...call(random), protocol: UNSERVED_PROTOCOL }],
  },
];

/** A use of streams, drawn by weight. */
export function drawTraffic(context: DrawContext): readonly StreamPlan[] {
  const kind = drawWeighted(context.random, trafficKinds);
  return kind.draw(context).map((stream) => ({ ...stream, kind: kind.name }));
}

/** The plan of a lone small call of no particular kind. */
export const callPlan = (random: Random, kind: string): StreamPlan => ({ ...call(random), kind });

/** One message there and one back, and somebody who waits for it. */
function call(random: Random): Omit<StreamPlan, "kind"> {
  return plan({
    watched: chance(random, 0.8),
    opener: { ...talk(random, [length(random, 3_000)]), sendGapMs: 0 },
    // Behind the first word and the question.
    handler: { ...talk(random, [length(random, 3_000)]), sendsAfter: 2 },
  });
}

const plan = (parts: {
  readonly opener: SidePlan;
  readonly handler?: SidePlan;
  readonly watched?: boolean;
  readonly reliability?: StreamPlan["reliability"];
}): Omit<StreamPlan, "kind"> => ({
  protocol: SERVED_PROTOCOL,
  watched: false,
  reliability: "reliable",
  handler: quietSide,
  ...parts,
});

/** Sends these, now at once and now bit by bit. */
const talk = (random: Random, sends: readonly number[]): SidePlan => ({
  ...quietSide,
  sends,
  sendGapMs: chance(random, 0.6) ? 0 : logBetween(random, 1, 200),
  patience: oneOf(random, ["blocking", "polling", "retrying"]),
  priority: chance(random, 0.7) ? 3 : randomInt(random, 8),
  endsWithLast: chance(random, 0.5),
});

const resets = (
  random: Random,
  withinMs: number,
): Pick<SidePlan, "resetsAfterMs" | "resetCode"> => ({
  resetsAfterMs: randomBetween(random, 0, withinMs),
  resetCode: randomInt(random, 1_000),
});

/** A message's length: often nothing or little, sometimes several packets, rarely up to `most`. */
function length(random: Random, most: number): number {
  const drawn = random.next();
  if (drawn < 0.05) return 0;
  if (drawn < 0.7) return randomInt(random, Math.min(most, 300));
  if (drawn < 0.9) return randomInt(random, Math.min(most, 4_000));
  return randomInt(random, Math.min(most, LONGEST_BYTES));
}

/** Of the ordinary; every node takes it. */
const LONGEST_BYTES = 262_144;

/** Every one must say which one it is. */
const datagramLength = (random: Random): number =>
  HEADER_BYTES + randomInt(random, MAX_DATAGRAM_MESSAGE_BYTES - HEADER_BYTES + 1);

const many = (random: Random, low: number, high: number, draw: () => number): number[] =>
  Array.from({ length: low + randomInt(random, high - low + 1) }, draw);
