import type { FrameSink } from "../src/session/ingress.ts";

/** Writes down every frame, as text. */
export function recordingSink(): { readonly sink: FrameSink; readonly log: string[] } {
  const log: string[] = [];
  return {
    log,
    sink: {
      onAck: ({ largest, ranges }) =>
        log.push(`ack ${largest} ${ranges.map(({ first, last }) => `${first}-${last}`).join(" ")}`),
      onStreamData: (id, offset, data, fin) =>
        log.push(`data ${id} ${offset} ${[...data].join(",")}${fin ? " fin" : ""}`),
      onReset: (id, code, notStarted) =>
        log.push(`reset ${id} ${code}${notStarted ? " not started" : ""}`),
      onMaxStreamData: (id, limit) => log.push(`max data ${id} ${limit}`),
      onMaxStreams: (limit) => log.push(`max streams ${limit}`),
      onGoaway: (accepted) => log.push(`goaway ${accepted}`),
      onPathChallenge: (data) => log.push(`path challenge ${data.join(",")}`),
      onPathResponse: (data) => log.push(`path response ${data.join(",")}`),
      onClose: (code, reason) => log.push(`close ${code} ${new TextDecoder().decode(reason)}`),
    },
  };
}
