/**
 * How many messages travel each way: `unary` one request and one response, `server-stream` one
 * request and any number of responses, `client-stream` the reverse, `bidirectional` any number each
 * way, as they come.
 */
export type CallShape = "unary" | "server-stream" | "client-stream" | "bidirectional";

/** Whatever has the shape of a call. */
export interface Shaped {
  readonly shape: CallShape;
}

/** All shapes, each at its number on the wire. */
export const CALL_SHAPES: readonly CallShape[] = [
  "unary",
  "server-stream",
  "client-stream",
  "bidirectional",
];

/** Whether callers send any number of requests. */
export function hasRequestStream({ shape }: Shaped): boolean {
  return shape === "client-stream" || shape === "bidirectional";
}

/** Whether handlers answer with any number of responses. */
export function hasResponseStream({ shape }: Shaped): boolean {
  return shape === "server-stream" || shape === "bidirectional";
}
