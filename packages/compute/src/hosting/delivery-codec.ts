import { fromHex } from "@selvage/core";

import { decodeLink, encodeLink } from "../causal/causal-link.ts";
import type { Delivery } from "../daemon/delivery.ts";
import {
  decodeDeliveryBody,
  decodeOutcomeBody,
  encodeDeliveryBody,
  encodeOutcomeBody,
} from "../wire/hosting.gen.ts";
import { groupKeyOf } from "./group-id.ts";
import type { MemberDelivery } from "./member-host.ts";
import {
  decodeAs,
  groupField,
  originField,
  required,
  slotField,
  termBody,
  termField,
  wholeField,
} from "./wire-fields.ts";

/** An event on its way. */
export function encodeDelivery(delivery: MemberDelivery): Uint8Array {
  const { group, slot, incarnation, term, event } = delivery;
  return encodeDeliveryBody({
    group: groupKeyOf(group),
    slot,
    incarnation,
    term: termBody(term),
    event: { ...event, producer: fromHex(event.producer) },
  });
}

/**
 * Reads what {@link encodeDelivery} wrote; the event is checked by the host of the daemon.
 *
 * @throws {@link ComputeError} with kind `bad-command`.
 */
export function decodeDelivery(bytes: Uint8Array): MemberDelivery {
  const fields = decodeAs("a delivery", bytes, decodeDeliveryBody);
  const event = required("event", fields.event);
  return {
    group: groupField(fields.group),
    slot: slotField(fields.slot),
    incarnation: wholeField("incarnation", fields.incarnation, 1),
    term: termField(fields.term),
    event: { ...event, producer: originField("producer", event.producer) },
  };
}

/** What came of an event. */
export function encodeOutcome({ index, repeated, outputs }: Delivery): Uint8Array {
  return encodeOutcomeBody({
    index,
    repeated,
    outputs: outputs.map(({ link, payload }) => ({ link: encodeLink(link), payload })),
  });
}

/** @throws {@link ComputeError} with kind `bad-command` or `bad-link`. */
export function decodeOutcome(bytes: Uint8Array): Delivery {
  const { index, repeated, outputs } = decodeAs("an outcome", bytes, decodeOutcomeBody);
  return {
    index: wholeField("index", index, 1),
    repeated,
    outputs: outputs.map(({ link, payload }) => ({ link: decodeLink(link), payload })),
  };
}
