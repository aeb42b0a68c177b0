import { type Delivered, type NodeId } from "@selvage/core";
import { ApplicationError, isRpcError, type RpcError, type RpcErrorKind } from "@selvage/nrpc";

import {
  ComputeError,
  type ComputeErrorKind,
  computeErrorKinds,
  type ComputeFault,
  isComputeError,
  type SeenAuthority,
} from "../errors.ts";
import { decodeFaultBody, encodeFaultBody } from "../wire/hosting.gen.ts";
import { termBody, termField, wholeField } from "./wire-fields.ts";

/** What failures of calls are for hosts, where it is more than that the node was not reached. */
const MEANINGS: Readonly<Partial<Record<RpcErrorKind, ComputeErrorKind>>> = {
  timeout: "timeout",
  backpressure: "buffer-full",
  // Nothing but events travels in one message that may be too large for it.
  "message-too-large": "bad-event",
  closed: "closed",
};

const DELIVERED: readonly (Delivered | undefined)[] = [undefined, "never", "maybe"];

/** An error of this package as a handler answers with it; any other one as it is. */
export function toWireError(error: unknown): unknown {
  if (!isComputeError(error)) return error;
  const { kind, reason = "", delivered, seen } = error;
  const details = encodeFaultBody({
    reason,
    delivered: DELIVERED.indexOf(delivered),
    seenTerm: seen && termBody(seen.term),
    seenIncarnation: seen?.incarnation ?? 0,
  });
  return new ApplicationError(kind, withoutKind(error), { details, cause: error });
}

/** What a failed call to a host means. */
export function fromWireError(error: unknown, nodeId: NodeId): unknown {
  if (!isRpcError(error)) return error;
  const { kind, delivered } = error;
  if (kind === "application") return answered(error, nodeId);
  const told = MEANINGS[kind] ?? "host-unreachable";
  return new ComputeError(told, `node ${nodeId}: ${error.message}`, { cause: error, delivered });
}

function answered(error: RpcError, nodeId: NodeId): ComputeError {
  const { code = "", details } = error;
  const text = error.message.replace("[application] ", "");
  const message = `node ${nodeId} answered: ${text}`;
  // Newer hosts may know kinds and fields that we do not.
  if (!isKind(code)) {
    return new ComputeError("host-unreachable", `${message} (${code})`, {
      cause: error,
      delivered: "maybe",
    });
  }
  return new ComputeError(code, message, { cause: error, ...faultOf(details) });
}

function faultOf(details: unknown): {
  readonly reason?: ComputeFault;
  readonly delivered?: Delivered | undefined;
  readonly seen?: SeenAuthority;
} {
  if (!(details instanceof Uint8Array)) return {};
  try {
    const { reason, delivered, seenTerm, seenIncarnation } = decodeFaultBody(details);
    return {
      ...(reason === "" ? {} : { reason: reason as ComputeFault }),
      delivered: DELIVERED[delivered],
      ...(seenTerm && {
        seen: {
          term: termField(seenTerm),
          incarnation: wholeField("incarnation", seenIncarnation),
        },
      }),
    };
  } catch {
    // What kind of error it is counts; what else it says is a help.
    return {};
  }
}

function isKind(code: string): code is ComputeErrorKind {
  return Object.hasOwn(computeErrorKinds, code);
}

function withoutKind({ kind, message }: ComputeError): string {
  return message.replace(`[${kind}] `, "");
}
