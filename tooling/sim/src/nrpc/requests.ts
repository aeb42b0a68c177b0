import { messageOf, type Message } from "./content.ts";
import type { CallRecord } from "./ledger.ts";
import type { Party } from "./party.ts";

/** What a caller's requests throw. */
export class SourceFailed extends Error {
  constructor() {
    super("the requests failed");
    this.name = "SourceFailed";
  }
}

/** The requests of a call, as its caller gives them. */
export function requestsOf(
  record: CallRecord,
  party: Party,
): AsyncIterable<Message> | Iterable<Message> {
  return record.spec.requestGapMs > 0 ? slowly(record, party) : atOnce(record);
}

async function* slowly(record: CallRecord, party: Party): AsyncGenerator<Message> {
  record.source.isOpen = true;
  try {
    for (let at = 0; ; at++) {
      await party.sleep(record.spec.requestGapMs);
      const request = next(record, at);
      if (request === undefined) return;
      yield request;
    }
  } finally {
    record.source.isOpen = false;
  }
}

function* atOnce(record: CallRecord): Generator<Message> {
  record.source.isOpen = true;
  try {
    for (let at = 0; ; at++) {
      const request = next(record, at);
      if (request === undefined) return;
      yield request;
    }
  } finally {
    record.source.isOpen = false;
  }
}

function next({ spec, source }: CallRecord, at: number): Message | undefined {
  if (at === spec.throwsAt) {
    source.hasThrown = true;
    throw new SourceFailed();
  }
  const size = spec.requests[at];
  if (size === undefined) {
    source.hasEnded = true;
    return undefined;
  }
  source.given++;
  return messageOf(spec.content, at, size);
}
