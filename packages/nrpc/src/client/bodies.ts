import type { Codec } from "../codec.ts";
import type { AnyContract } from "../contract.ts";
import { isRpcError, RpcError } from "../errors.ts";
import { validate } from "../validation.ts";

/** How the messages of a call become bytes. */
export interface BodyFormat {
  readonly contract: AnyContract;
  readonly codec: Codec;
  /** The largest request body, in bytes. */
  readonly maxBodyBytes: number;
}

/**
 * The bytes of a request message.
 *
 * @throws {@link RpcError} `bad-request` or `message-too-large`.
 */
export async function writeRequest(format: BodyFormat, request: unknown): Promise<Uint8Array> {
  const { input, name } = format.contract;
  if (input !== undefined) await validate(input, request, "bad-request", name);
  return encodeRequest(format, request);
}

/** {@link writeRequest} without validation, at once. */
export function encodeRequest(
  { contract: { name }, codec, maxBodyBytes }: BodyFormat,
  request: unknown,
): Uint8Array {
  let body: Uint8Array;
  try {
    body = codec.encode(request);
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    const text = `the request of "${name}" cannot be encoded: ${why}`;
    throw new RpcError("bad-request", text, { cause });
  }
  if (body.length > maxBodyBytes) {
    const text = `the request of "${name}" has ${body.length} bytes, at most ${maxBodyBytes}`;
    throw new RpcError("message-too-large", text);
  }
  return body;
}

/**
 * A response message out of its bytes; a promise only if the schema needs one.
 *
 * @throws {@link RpcError} `bad-response`.
 */
export function readResponse(format: BodyFormat, body: Uint8Array): unknown {
  const { output, name } = format.contract;
  const response = decodeResponse(format, body);
  return output === undefined ? response : validate(output, response, "bad-response", name);
}

function decodeResponse({ contract: { name }, codec }: BodyFormat, body: Uint8Array): unknown {
  try {
    return codec.decode(body);
  } catch (cause) {
    const text = `a response of "${name}" cannot be decoded`;
    throw new RpcError("bad-response", text, { cause, delivered: "maybe" });
  }
}

/** The error of a later request of a call whose handler may be running by now. */
export function amongOthers(error: unknown): unknown {
  if (!isRpcError(error)) return error;
  const { kind, message, cause } = error;
  return new RpcError(kind, message.replace(/^\[[^\]]*\] /, ""), { cause, delivered: "maybe" });
}
