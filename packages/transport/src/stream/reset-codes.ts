// Applications choose their codes below 0xff00.

/** Reset code of what stopped arriving: a message in reassembly memory, a stream's beginning. */
export const RESET_STALLED = 0xff01;
/** Reset code of a stream whose protocol nobody serves here. */
export const RESET_UNKNOWN_PROTOCOL = 0xff02;
/** Reset code of a stream that came after GOAWAY. */
export const RESET_GOING_AWAY = 0xff03;
/** Reset code of a stream whose peer was silent for so long that it counts as failed. */
export const RESET_PEER_FAILED = 0xff04;
/** Reset code of a stream whose handler threw or rejected. */
export const RESET_HANDLER_FAILED = 0xff05;

const MEANINGS: ReadonlyMap<number, string> = new Map([
  [RESET_STALLED, "a large message, or the stream's beginning, stopped arriving"],
  [RESET_UNKNOWN_PROTOCOL, "nobody serves the protocol"],
  [RESET_GOING_AWAY, "shutting down"],
  [RESET_PEER_FAILED, "silent for too long"],
  [RESET_HANDLER_FAILED, "the handler failed"],
]);

/** A reset code in words: `0xff02 (nobody serves the protocol)`, or an application's number. */
export function describeReset(code: number): string {
  const meaning = MEANINGS.get(code);
  return meaning === undefined ? `${code}` : `0x${code.toString(16)} (${meaning})`;
}
