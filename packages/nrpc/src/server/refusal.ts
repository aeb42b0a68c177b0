import type { MessageStream } from "@selvage/transport";

import { CALL_SHAPES } from "../call-shape.ts";
import { isCompatible, isVersion } from "../contract.ts";
import type { RpcStatus } from "../status.ts";
import type { CallHeader } from "../wire/call.gen.ts";
import type { Answer } from "./answering.ts";
import type { RpcServerParts, ServedService } from "./served-service.ts";

/** The answer to a call whose handler certainly does not start. */
export function refusal(status: RpcStatus, message: string): Answer {
  return { status, message, notStarted: true };
}

/** The answer when nothing is served under a name. */
export function notFound(service: string): Answer {
  return refusal("not-found", `no "${service.slice(0, 255)}" is served here`);
}

/** The answer of a service that takes no more calls. */
export function draining(service: string): Answer {
  return refusal("draining", `"${service}" is being withdrawn here`);
}

/** The answer to a call whose deadline passed before its handler could start. */
export function expired(service: string): Answer {
  return refusal("timeout", `the deadline of "${service}" passed before it could start`);
}

/** A call as it came in. */
export interface Arrival {
  readonly stream: MessageStream;
  readonly header: CallHeader;
  /** When its first bytes came, on our clock; the time that our loop stood still is taken off. */
  readonly arrivedAt: number;
}

/** Why a call must not even be looked at; strangers learn nothing but that they are. */
export function refusalOf(
  parts: RpcServerParts,
  service: ServedService,
  { stream, header, arrivedAt }: Arrival,
): Answer | undefined {
  const { service: name, deadlineMs, version, shape } = header;
  const denied = denialOf(parts, service, stream);
  if (denied !== undefined) return denied;
  const offered = service.contract.version;
  if (version !== "" && !(isVersion(version) && isCompatible(version, offered))) {
    const text = `"${name}" is served here in version ${offered}, not ${version.slice(0, 40)}`;
    return refusal("incompatible", text);
  }
  const ours = service.contract.shape;
  if (CALL_SHAPES[shape] !== ours) {
    const theirs = CALL_SHAPES[shape] ?? "of a known shape";
    return refusal("incompatible", `"${name}" is ${ours} here, not ${theirs}`);
  }
  if (deadlineMs > 0 && arrivedAt + deadlineMs <= parts.clock.now()) {
    return refusal("timeout", "expired before it was read");
  }
  return undefined;
}

/** Only a plain yes lets a caller in: a promise, or a rule that throws, is none. */
function denialOf(
  { transport, logger }: RpcServerParts,
  { rule, contract: { name } }: ServedService,
  { nodeId }: MessageStream,
): Answer | undefined {
  if (rule === undefined) return undefined;
  try {
    const entityId = transport.peer(nodeId)?.entityId;
    if (entityId !== undefined && rule({ nodeId, entityId }) === true) return undefined;
    return refusal("denied", `"${name}" is not for this caller`);
  } catch (error) {
    logger.error("deciding about a caller threw", { service: name, error });
    return refusal("denied", "the provider could not decide");
  }
}
