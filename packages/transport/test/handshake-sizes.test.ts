import { ManualClock } from "@selvage/testing";
import { describe, expect, test } from "vitest";

import type { Agreement } from "../src/handshake/handshake-host.ts";
import { Initiation } from "../src/handshake/initiation.ts";
import { PacketType } from "../src/packet/header.ts";
import { HandshakeParty, ResponderBench } from "./handshake-party.ts";

const SHORT = Array.from({ length: 16 }, (_, i) => `10.0.0.${i}:7000`);
const LONG = Array.from({ length: 16 }, (_, i) => `${"a".repeat(255)}${10 + i}:7000`);

/** A whole handshake over an address, by hand. */
function shakeHands(
  address: string,
  addresses: string[],
): { readonly lengths: readonly number[]; readonly named: readonly (readonly string[])[] } {
  const clock = new ManualClock();
  const a = new HandshakeParty("a", clock, { addresses });
  const bench = new ResponderBench(new HandshakeParty("b", clock, { addresses }));
  let atInitiator: Agreement | undefined;
  const initiation = new Initiation(a, {
    address,
    timeoutMs: 1_000,
    onAgreed: (agreement) => {
      atInitiator = agreement;
    },
    onOver: () => {},
  });
  const said = (party: HandshakeParty): Uint8Array =>
    party.takeSaid().at(-1)?.datagram ?? new Uint8Array();
  const init = said(a);
  expect(bench.take(init, address)).toBeUndefined();
  const response = said(bench.party);
  initiation.onResponse(response);
  const final = said(a);
  initiation.confirm();
  const atResponder = bench.responder.onFinal(final, address);
  if (typeof atResponder === "string") throw new Error(atResponder);
  expect([init[0], response[0], final[0]]).toEqual([
    PacketType.init,
    PacketType.response,
    PacketType.final,
  ]);
  return {
    lengths: [init, response, final].map(({ length }) => length),
    named: [atInitiator?.peer.addresses ?? [], atResponder.peer.addresses],
  };
}

describe.each([
  ["directly", "10.0.0.9:7000", 1_200],
  ["through a relay", `relay:${"ab".repeat(16)}`, 1_100],
])("handshakes %s", (_, address, limit) => {
  test("name all addresses that fit", () => {
    const { lengths, named } = shakeHands(address, SHORT);
    expect(lengths[0]).toBe(limit);
    expect(Math.max(...lengths)).toBe(limit);
    expect(named).toEqual([SHORT, SHORT]);
  });

  test("leave addresses out rather than outgrow message 1", () => {
    const { lengths, named } = shakeHands(address, LONG);
    expect(Math.max(...lengths)).toBe(limit);
    for (const list of named) {
      expect(list).toEqual(LONG.slice(0, list.length));
      expect(list.length).toBeGreaterThan(1);
    }
    // Not one more would have fitted.
    for (const length of lengths.slice(1)) expect(length + 262 + 3).toBeGreaterThan(limit);
  });
});

test("a message 1 that is short although it came directly is malformed", () => {
  const bench = new ResponderBench(new HandshakeParty("b", new ManualClock()));
  const init = bench.party.init({ length: 1_100 });
  expect(bench.take(init, "10.0.0.1:7000")).toBe("malformed");
  expect(bench.take(init, `relay:${"ab".repeat(16)}`)).toBeUndefined();
  expect(bench.party.said).toHaveLength(1);
});
