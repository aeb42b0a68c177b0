import type { Clock } from "@selvage/core";
import { defineService } from "@selvage/mesh";
import type { CallContext, ServiceContract } from "@selvage/nrpc";

import type { CallSpec, Ledger, ServiceName } from "./ledger.ts";

/** Both contracts; the caller and the providers agree on them. */
export const contracts: Readonly<Record<ServiceName, ServiceContract>> = {
  safe: defineService({ name: "sim/safe", idempotent: true }),
  unsafe: defineService({ name: "sim/unsafe" }),
};

/** What travels to a handler. */
export type EchoRequest = Pick<
  CallSpec,
  "id" | "payload" | "workMs" | "heedsSignal" | "answerBytes"
>;

/** What a handler answers. */
export interface EchoAnswer {
  readonly id: number;
  /** {@link digest} of the payload. */
  readonly digest: string;
  readonly machine: string;
  readonly life: number;
  readonly padding: string;
}

/** Works on a request of either service. */
export type EchoHandler = (request: EchoRequest, context: CallContext) => Promise<EchoAnswer>;

/** The handler of one life of a machine: writes into the ledger, works a while, answers. */
export function echoHandler(
  ledger: Ledger,
  clock: Clock,
  machine: string,
  life: number,
): EchoHandler {
  return async ({ id, payload, workMs, heedsSignal, answerBytes }, context) => {
    ledger.handlerStarted(id, machine, life);
    await clock.sleep(workMs, heedsSignal ? { signal: context.signal } : {});
    return { id, digest: digest(payload), machine, life, padding: "x".repeat(answerBytes) };
  };
}

/** FNV-1a over the UTF-16 units of a text, as hexadecimal digits. */
export function digest(text: string): string {
  let hash = 0x811c_9dc5;
  for (let i = 0; i < text.length; i++) {
    hash = Math.imul(hash ^ text.charCodeAt(i), 0x0100_0193);
  }
  return (hash >>> 0).toString(16).padStart(8, "0");
}
