import { describe, expect, test } from "vitest";

import { isTransportError } from "../src/index.ts";
import { formatAddress, parseAddress } from "../src/udp/index.ts";

describe("an address", () => {
  test.each([
    ["127.0.0.1:7000", "127.0.0.1", 7_000],
    ["localhost:0", "localhost", 0],
    ["node-1.example.com:65535", "node-1.example.com", 65_535],
    ["[::1]:7000", "::1", 7_000],
    ["[fe80::1%eth0]:7000", "fe80::1%eth0", 7_000],
  ])("%s is taken apart and put together again", (address, host, port) => {
    expect(parseAddress(address)).toEqual({ host, port });
    expect(formatAddress({ host, port })).toBe(address);
  });

  test.each([
    "",
    "host",
    ":7000",
    "host:",
    "host:70000",
    "host:7000x",
    "host:-1",
    "::1:7000",
    "[]:7000",
    "[host]:7000",
    "[127.0.0.1]:7000",
    "[::1]7000",
    "udp://host:7000",
  ])("%j is none", (address) => {
    expect(() => parseAddress(address)).toThrow(
      expect.toSatisfy((error) => isTransportError(error, "address")),
    );
  });

  test("that is no text is told as that", () => {
    expect(() => parseAddress(7_000 as never)).toThrow(
      new TypeError("an address must be a text of the form host:port, got 7000"),
    );
  });

  test("of any length is quoted in part only", () => {
    expect(() => parseAddress("x".repeat(100_000))).toThrow(/^.{1,400}$/);
  });
});
