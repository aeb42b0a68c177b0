import { describe, expect, test } from "vitest";

import { AddressCache } from "../src/udp/address-cache.ts";

describe("the addresses of a socket", () => {
  test("are told apart by host as well as by port", () => {
    const cache = new AddressCache(4);
    for (let round = 0; round < 2; round++) {
      expect(cache.format("10.0.0.1", 7_000)).toBe("10.0.0.1:7000");
      expect(cache.format("10.0.0.2", 7_000)).toBe("10.0.0.2:7000");
      expect(cache.format("10.0.0.1", 7_001)).toBe("10.0.0.1:7001");
    }
  });

  test("go there and back, IPv6 in brackets", () => {
    const cache = new AddressCache(6);
    const text = cache.format("::1", 7_000);
    expect(text).toBe("[::1]:7000");
    for (let round = 0; round < 2; round++) {
      expect(cache.parse(text)).toEqual({ host: "::1", port: 7_000 });
    }
  });

  test.each(["[::1]:7000", "localhost:7000", "10.0.0.1:0", "10.0.0.1", "relay:0123"])(
    "%s is none that an IPv4 socket can send to",
    (address) => {
      expect(new AddressCache(4).parse(address)).toBeUndefined();
    },
  );

  test("are forgotten rather than kept without end, and found again", () => {
    const cache = new AddressCache(4);
    for (let i = 0; i < 10_000; i++) {
      const address = `10.0.${i >> 8}.${i & 255}:${i + 1}`;
      expect(cache.parse(address)?.port).toBe(i + 1);
      expect(cache.format(`10.0.${i >> 8}.${i & 255}`, i + 1)).toBe(address);
    }
    expect(cache.parse("10.0.0.0:1")).toEqual({ host: "10.0.0.0", port: 1 });
  });
});
