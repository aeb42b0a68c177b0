import { encodeCall } from "../src/frame.ts";
import { type CallHeader, encodeCallHeader } from "../src/wire/call.gen.ts";

/** The first message of a call with any header at all. */
export function wholeCall({ deadlineMs, ...header }: CallHeader, body: Uint8Array): Uint8Array {
  const { service, version, shape, ...own } = header;
  const { idempotencyKey, traceparent, tracestate, metadata } = own;
  const nothing = {
    service: "",
    version: "",
    deadlineMs: 0,
    idempotencyKey: "",
    traceparent: "",
    tracestate: "",
    metadata: [],
    shape: 0,
  };
  return encodeCall(
    encodeCallHeader({ ...nothing, service, version, shape }),
    deadlineMs,
    encodeCallHeader({ ...nothing, idempotencyKey, traceparent, tracestate, metadata }),
    body,
  );
}
