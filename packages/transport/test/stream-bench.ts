import { BytePool } from "@selvage/core";
import { ManualClock } from "@selvage/testing";

import { ByteWriter } from "../src/packet/bytes-io.ts";
import type { SentFrame } from "../src/recovery/sent-packets.ts";
import type { ControlFrame } from "../src/session/control-queue.ts";
import { dispatchFrames } from "../src/session/ingress.ts";
import { ReassemblyBudget } from "../src/stream/reassembly-budget.ts";
import type { StreamHost } from "../src/stream/stream-host.ts";
import { Stream } from "../src/stream/stream.ts";
import { recordingSink } from "./recording-sink.ts";
import { identityOf } from "./world.ts";

/** What a stream asked of its session, in order. */
export interface HostRecord {
  readonly log: string[];
  readonly host: StreamHost;
}

/** A session's part towards its streams that only takes notes. */
export function recordingHost(overrides: Partial<StreamHost> = {}): HostRecord {
  const log: string[] = [];
  return {
    log,
    host: {
      nodeId: identityOf("other end").nodeId,
      clock: new ManualClock(),
      counters: { retransmissions: 0, retransmittedBytes: 0, messagesLost: 0, messagesDropped: 0 },
      fragments: new BytePool(),
      budget: new ReassemblyBudget(1_000_000, 10_000, () => 0),
      windowBytes: 1_024,
      maxMessageBytes: 100_000,
      peerMaxMessageBytes: 100_000,
      wantsToSend: ({ id }) => log.push(`send ${id}`),
      wantsCredit: ({ id, creditLimit }) => log.push(`credit ${id} ${creditLimit}`),
      onPriority: ({ id }, from) => log.push(`priority ${id} ${from}`),
      sendControl: () => log.push("control"),
      sendReset: ({ id }, code, notStarted) =>
        log.push(`reset ${id} ${code}${notStarted ? " not started" : ""}`),
      violated: (reason) => log.push(`violated ${reason}`),
      reportError: (error) => log.push(`threw ${String(error)}`),
      finished: ({ id }) => log.push(`finished ${id}`),
      ...overrides,
    },
  };
}

/** A stream of the peer's, without anything behind it. */
export function incomingStream(id: number, { host } = recordingHost()): Stream {
  return new Stream(host, { id, sendLimit: 1_024 });
}

/** Has a stream write one frame, and reads it. */
export function written(
  stream: Stream,
  room = 1_170,
): { readonly frame: SentFrame | undefined; readonly log: readonly string[] } {
  const writer = new ByteWriter(new Uint8Array(room));
  const frame = stream.write(writer, room);
  const { sink, log } = recordingSink();
  dispatchFrames(writer.bytes.subarray(0, writer.at), sink);
  return { frame, log };
}

/** Writes control frames, and reads them. */
export function controlLog(frames: readonly ControlFrame[]): readonly string[] {
  const writer = new ByteWriter(new Uint8Array(1_170));
  for (const frame of frames) frame.write(writer);
  const { sink, log } = recordingSink();
  dispatchFrames(writer.bytes.subarray(0, writer.at), sink);
  return log;
}
