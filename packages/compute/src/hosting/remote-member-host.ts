import type { NodeId } from "@selvage/core";
import type { CallOptions } from "@selvage/nrpc";

import type { Delivery } from "../daemon/delivery.ts";
import {
  DEFAULT_HOST_DEADLINE_MS,
  DEFAULT_MAX_TRANSFER_BYTES,
  MAX_TRANSFER_PART_BYTES,
} from "../defaults.ts";
import { encodeCommandHeader } from "../wire/hosting.gen.ts";
import { decodeOutcome, encodeDelivery } from "./delivery-codec.ts";
import { fromWireError } from "./fault-codec.ts";
import type { SignedCommand } from "./host-command.ts";
import {
  commandService,
  deliveryService,
  messageService,
  transferService,
} from "./host-services.ts";
import type { HostingMesh } from "./hosting-mesh.ts";
import type { HostCallOptions, MemberDelivery, MemberHost, MemberMessage } from "./member-host.ts";
import { encodeMessage } from "./message-codec.ts";
import { inParts, joinAnswer } from "./parts.ts";
import { badCommand } from "./wire-fields.ts";

/** Configuration of a {@link RemoteMemberHost}. */
export interface RemoteMemberHostConfig {
  /** The largest answer, in bytes; default {@link DEFAULT_MAX_TRANSFER_BYTES}. */
  readonly maxAnswerBytes?: number | undefined;
}

/**
 * Reaches members on other nodes by calls to exactly those nodes. Large payloads and answers travel in
 * parts, so that none has to fit into a message.
 */
export class RemoteMemberHost implements MemberHost {
  readonly #mesh: Pick<HostingMesh, "callNode">;
  readonly #maxAnswerBytes: number;

  constructor(
    mesh: Pick<HostingMesh, "callNode">,
    { maxAnswerBytes = DEFAULT_MAX_TRANSFER_BYTES }: RemoteMemberHostConfig = {},
  ) {
    this.#mesh = mesh;
    this.#maxAnswerBytes = maxAnswerBytes;
  }

  command(
    to: NodeId,
    { body, payload, signature, certificate = NOTHING }: SignedCommand,
    options: HostCallOptions = {},
  ): Promise<Uint8Array> {
    const head = encodeCommandHeader({ body, signature, certificate });
    return asking(to, () => {
      const parts = inParts(payload, head);
      const answer = this.#mesh.callNode(to, commandService, parts, callOptions(options));
      return joinAnswer(answer, this.#maxAnswerBytes);
    });
  }

  deliver(to: NodeId, delivery: MemberDelivery, options: HostCallOptions = {}): Promise<Delivery> {
    return asking(to, async () => {
      const request = encodeDelivery(delivery);
      const answer = this.#mesh.callNode(to, deliveryService, request, callOptions(options));
      return decodeOutcome(asBytes(await answer));
    });
  }

  send(to: NodeId, message: MemberMessage, options: HostCallOptions = {}): Promise<Uint8Array> {
    return asking(to, async () => {
      const isWhole = message.payload.length <= MAX_TRANSFER_PART_BYTES;
      const head = encodeMessage(message, isWhole);
      const given = callOptions(options);
      if (isWhole) return asBytes(await this.#mesh.callNode(to, messageService, head, given));
      const parts = inParts(message.payload, head);
      return asBytes(await this.#mesh.callNode(to, transferService, parts, given));
    });
  }
}

const NOTHING: Uint8Array = new Uint8Array();

function callOptions({
  signal,
  deadlineMs = DEFAULT_HOST_DEADLINE_MS,
}: HostCallOptions): CallOptions {
  return { signal, deadlineMs };
}

async function asking<T>(to: NodeId, ask: () => Promise<T>): Promise<T> {
  try {
    return await ask();
  } catch (error) {
    throw fromWireError(error, to);
  }
}

function asBytes(answer: unknown): Uint8Array {
  if (answer instanceof Uint8Array) return answer.slice();
  throw badCommand("an answer consists of bytes");
}
