import { toHex, utf8 } from "@selvage/core";
import { describe, expect, test } from "vitest";

import { MAX_BINDINGS } from "../../src/defaults.ts";
import { DaemonBindings } from "../../src/registry/daemon-bindings.ts";
import { identityOf } from "../identities.ts";
import { kindOf } from "../kind-of.ts";

const alice = identityOf(1).nodeId;
const bob = identityOf(2).nodeId;

function bindingsOf(...channels: readonly string[]): DaemonBindings {
  const bindings = new DaemonBindings();
  for (const channel of channels) bindings.record({ publisher: alice, channel });
  return bindings;
}

describe("DaemonBindings", () => {
  test("has one binding per publisher and channel, with the last token", () => {
    const bindings = bindingsOf("prices");
    bindings.record({ publisher: bob, channel: "prices", token: utf8("old") });
    bindings.record({ publisher: bob, channel: "prices", token: utf8("new") });
    expect([...bindings]).toEqual([
      { publisher: alice, channel: "prices", token: undefined },
      { publisher: bob, channel: "prices", token: utf8("new") },
    ]);
    expect(bindings.remove(alice, "prices")).toBe(true);
    expect(bindings.remove(alice, "prices")).toBe(false);
    expect([bindings.has(alice, "prices"), bindings.has(bob, "prices")]).toEqual([false, true]);
  });

  test("goes through bytes unchanged, and nothing is no bytes", () => {
    const bindings = bindingsOf("prices", "größe", "x".repeat(255));
    bindings.record({ publisher: bob, channel: "a", token: new Uint8Array(0) });
    expect([...DaemonBindings.decode(bindings.encode())]).toEqual([...bindings]);
    expect(bindingsOf().encode()).toHaveLength(0);
    expect(DaemonBindings.decode(new Uint8Array(0)).size).toBe(0);
  });

  test("has the bytes that other implementations must write", () => {
    const bindings = bindingsOf("ab");
    bindings.record({ publisher: bob, channel: "c", token: utf8("t") });
    expect(toHex(bindings.encode())).toBe(`02000000${alice}0200616200${bob}01006301010074`);
  });

  test("refuses names and tokens that are none", () => {
    for (const channel of ["", "a\nb", "x".repeat(256), "ü".repeat(128), "\ud800"]) {
      expect(() => bindingsOf(channel)).toThrow(RangeError);
    }
    const token = new Uint8Array(8_193);
    expect(() => bindingsOf().record({ publisher: bob, channel: "a", token })).toThrow(/8193/);
  });

  test("is bounded", () => {
    const bindings = bindingsOf(...Array.from({ length: MAX_BINDINGS }, (_, i) => `channel ${i}`));
    const one = { publisher: bob, channel: "one too many" };
    expect(kindOf(() => bindings.record(one))).toBe("buffer-full");
    bindings.record({ publisher: alice, channel: "channel 0", token: utf8("new") });
    expect(bindings.size).toBe(MAX_BINDINGS);
    expect(DaemonBindings.decode(bindings.encode()).size).toBe(MAX_BINDINGS);
  });
});

describe("bytes that are no bindings", () => {
  const good = bindingsOf("prices", "orders").encode();
  const decode = (bytes: Uint8Array): string => kindOf(() => DaemonBindings.decode(bytes));

  test("are refused in any truncation, and with anything behind them", () => {
    for (let length = 1; length < good.length; length++) {
      expect(decode(good.subarray(0, length))).toBe("bad-bindings: truncated");
    }
    expect(decode(Uint8Array.of(...good, 0))).toBe("bad-bindings: trailing");
  });

  test("are refused with a count beyond the bytes that follow", () => {
    expect(decode(good.with(0, 4))).toBe("bad-bindings: truncated");
    expect(decode(good.with(2, 1))).toBe("bad-bindings: limit");
  });

  test("are refused with an unknown flag, a name that is none, or a binding that comes twice", () => {
    expect(decode(good.with(4 + 16 + 2 + 6, 2))).toBe("bad-bindings: inconsistent");
    expect(decode(good.with(4 + 16 + 2, 0))).toBe("bad-bindings: limit");
    expect(decode(good.with(4 + 16 + 2, 0xff))).toBe("bad-bindings: inconsistent");
    const twice = good.slice();
    twice.copyWithin(4 + 25, 4, 4 + 25);
    expect(decode(twice)).toBe("bad-bindings: inconsistent");
  });
});
