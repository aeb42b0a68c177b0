import { closeAll, type Closable, CloseOnce } from "@selvage/core";
import type { CallContext } from "@selvage/nrpc";

import { DEFAULT_MAX_TRANSFER_BYTES } from "../defaults.ts";
import { decodeCommandHeader } from "../wire/hosting.gen.ts";
import { decodeDelivery, encodeOutcome } from "./delivery-codec.ts";
import { toWireError } from "./fault-codec.ts";
import {
  commandService,
  deliveryService,
  messageService,
  transferService,
} from "./host-services.ts";
import type { MemberCaller } from "./hosted-member.ts";
import type { HostingMesh } from "./hosting-mesh.ts";
import type { LocalMemberHost } from "./local-member-host.ts";
import { decodeMessage } from "./message-codec.ts";
import { inParts, PartsReader } from "./parts.ts";
import { TransferBudget } from "./transfer-budget.ts";
import { badCommand, decodeAs } from "./wire-fields.ts";

/** Configuration of {@link serveMemberHost}. */
export interface ServeMemberHostConfig {
  /**
   * What may be put together from parts at once, over all callers, in bytes; default
   * {@link DEFAULT_MAX_TRANSFER_BYTES}.
   */
  readonly maxTransferBytes?: number | undefined;
}

/**
 * Lets other nodes reach the members at this one. Closing waits for what is under way, and leaves the
 * members as they are.
 *
 * @throws RpcError with kind `already-served` or `closed`.
 */
export function serveMemberHost(
  mesh: HostingMesh,
  host: LocalMemberHost,
  { maxTransferBytes = DEFAULT_MAX_TRANSFER_BYTES }: ServeMemberHostConfig = {},
): Closable {
  const budget = new TransferBudget(maxTransferBytes);
  const handles = [
    mesh.serve(commandService, (requests, context) => command(host, budget, requests, context)),
    mesh.serve(deliveryService, (request, context) =>
      answering(async () => {
        const delivery = decodeDelivery(asBytes(request));
        return encodeOutcome(await host.deliver(delivery, callerOf(context)));
      }),
    ),
    mesh.serve(messageService, (request, context) =>
      answering(() => {
        const { message, follows } = decodeMessage(asBytes(request));
        if (follows > 0) throw badCommand("the payload of a message is missing");
        return host.message(message, callerOf(context));
      }),
    ),
    mesh.serve(transferService, (requests, context) =>
      answering(() => transfer(host, budget, requests, context)),
    ),
  ];
  const closing = new CloseOnce(() => closeAll(handles));
  const close = (): Promise<void> => closing.close();
  return { close, [Symbol.asyncDispose]: close };
}

async function* command(
  host: LocalMemberHost,
  budget: TransferBudget,
  requests: AsyncIterable<unknown>,
  context: CallContext,
): AsyncGenerator<Uint8Array> {
  const answer = await answering(async () => {
    const reader = new PartsReader(requests);
    const head = decodeAs("a command", await reader.head(), decodeCommandHeader);
    const bytes = host.expect(head.body);
    const share = budget.take(bytes);
    try {
      const payload = await reader.rest(bytes);
      const certificate = head.certificate.length > 0 ? head.certificate : undefined;
      return await host.command({ ...head, payload, certificate }, callerOf(context));
    } finally {
      share[Symbol.dispose]();
    }
  });
  yield* inParts(answer);
}

async function transfer(
  host: LocalMemberHost,
  budget: TransferBudget,
  requests: AsyncIterable<unknown>,
  context: CallContext,
): Promise<Uint8Array> {
  const reader = new PartsReader(requests);
  const { message, follows } = decodeMessage(await reader.head());
  const share = budget.take(follows);
  try {
    const payload = await reader.rest(follows);
    return await host.message({ ...message, payload }, callerOf(context));
  } finally {
    share[Symbol.dispose]();
  }
}

async function answering<T>(answer: () => Promise<T>): Promise<T> {
  try {
    return await answer();
  } catch (error) {
    throw toWireError(error);
  }
}

function callerOf({ caller, signal }: CallContext): MemberCaller {
  return { nodeId: caller, signal };
}

function asBytes(request: unknown): Uint8Array {
  if (request instanceof Uint8Array) return request;
  throw badCommand("a request consists of bytes");
}
