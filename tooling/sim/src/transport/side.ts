import { isTransportError, type MessageStream } from "@selvage/transport";

import type { SideRecord, StreamRecord } from "./ledger.ts";
import type { Pacing } from "./pacing.ts";
import { makeMessage } from "./payload.ts";
import type { SidePlan } from "./stream-plan.ts";
import type { StreamRules } from "./stream-rules.ts";

/** What an end of a stream is played with. */
export interface SideParts {
  readonly record: StreamRecord;
  readonly side: SideRecord;
  readonly plan: SidePlan;
  readonly stream: MessageStream;
  readonly pacing: Pacing;
  readonly rules: StreamRules;
  /** Opens a stream to the other end; resolves when that one is over. */
  readonly callBack: () => Promise<void>;
}

/** Plays one end of a stream as planned, and tells the rules what happens. Never rejects. */
export async function playSide(parts: SideParts): Promise<void> {
  const { record, side, plan, stream, rules } = parts;
  stream.priority = plan.priority;
  stream.onFailure((error) => rules.onFailure(record, side, error));
  void resetLater(parts);
  const attempt = async (work: Promise<void>): Promise<void> => {
    try {
      await work;
    } catch (error) {
      // A message that the other end does not take is no end of the stream, but of what was planned.
      if (isTransportError(error, "message-too-large")) giveUp(parts);
      else rules.onFailure(record, side, error);
    }
  };
  await Promise.all([attempt(read(parts)), attempt(write(parts))]);
}

async function read({ record, side, plan, stream, pacing, rules }: SideParts): Promise<void> {
  while (!side.sawEnd) {
    if (side.taken >= plan.readsAtMost) await pacing.pause(side.node, Number.POSITIVE_INFINITY);
    else if (plan.readGapMs > 0) await pacing.pause(side.node, plan.readGapMs);
    rules.onTaken(record, side, await stream.receive());
  }
}

async function write(parts: SideParts): Promise<void> {
  const { record, side, plan, stream, pacing, rules } = parts;
  await side.untilTaken(plan.sendsAfter);
  if (plan.callsBack) await parts.callBack();
  for (const [i, length] of plan.sends.entries()) {
    if (plan.sendGapMs > 0) await pacing.pause(side.node, plan.sendGapMs);
    const id = { stream: record.key, side: side.name, index: side.accepted.length };
    const isLast = i === plan.sends.length - 1 && plan.endsWithLast;
    // What is sent belongs to the stream: every attempt gets bytes of its own.
    const make = (): Uint8Array => makeMessage(id, length);
    if (isLast) await insist(stream, () => stream.end(make()));
    else await send(stream, plan, make);
    rules.onAccepted(record, side, length);
  }
  stream.end();
  side.hasEnded = true;
}

async function send(
  stream: MessageStream,
  { patience }: SidePlan,
  make: () => Uint8Array,
): Promise<void> {
  if (patience === "blocking") await stream.sendBlocking(make());
  else if (patience === "polling") await insist(stream, () => stream.send(make()));
  else await insist(stream, () => stream.sendWithRetry(make()));
}

/** Tries until there is room. */
async function insist(stream: MessageStream, attempt: () => Promise<void> | void): Promise<void> {
  for (;;) {
    try {
      await attempt();
      return;
    } catch (error) {
      if (!isTransportError(error, "backpressure")) throw error;
      await stream.writable();
    }
  }
}

async function resetLater(parts: SideParts): Promise<void> {
  const { side, plan, pacing } = parts;
  if (plan.resetsAfterMs === undefined) return;
  await pacing.pause(side.node, plan.resetsAfterMs);
  if (!side.isOver) giveUp(parts);
}

function giveUp({ side, plan, stream }: SideParts): void {
  side.ownReset = { code: plan.resetCode, notStarted: plan.resetsNotStarted };
  stream.reset(plan.resetCode, { notStarted: plan.resetsNotStarted });
}
