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
      onDatagram: (id, protocol, offset, message) =>
        log.push(`datagram ${id} ${protocol} ${offset} ${message.join(",")}`),
      onDatagramOffset: (id, protocol, offset, isEnd) =>
        log.push(`datagram offset ${id} ${protocol} ${offset}${isEnd ? " end" : ""}`),
      onReset: (id, code, notStarted) =>
        log.push(`reset ${id} ${code}${notStarted ? " not started" : ""}`),
      onMaxStreamData: (id, limit) => log.push(`max data ${id} ${limit}`),
      onMaxStreams: (limit) => log.push(`max streams ${limit}`),
      onGoaway: (accepted) => log.push(`goaway ${accepted}`),
      onPathChallenge: (data) => log.push(`path challenge ${data.join(",")}`),
      onPathResponse: (data) => log.push(`path response ${data.join(",")}`),
      onRelay: ({ hopLimit, destination, source, inner }) =>
        log.push(`relay ${hopLimit} ${destination} ${source} ${inner.join(",")}`),
      onRoute: ({ sequence, destination, path }) =>
        log.push(`route ${sequence} ${destination} ${path.join(",")}`),
      onRelayLimit: ({ hopLimit, destination, source, maxInnerBytes }) =>
        log.push(`relay limit ${hopLimit} ${destination} ${source} ${maxInnerBytes}`),
      onClose: (code, reason) => log.push(`close ${code} ${new TextDecoder().decode(reason)}`),
    },
  };
}
