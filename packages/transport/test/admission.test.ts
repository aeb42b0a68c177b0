import { ManualClock, seededEntropy } from "@selvage/testing";
import { describe, expect, test } from "vitest";

import { resolveLimits, type TransportLimits } from "../src/defaults.ts";
import { Admission } from "../src/handshake/admission.ts";
import { CookieMaker, writeCookieMac } from "../src/handshake/cookies.ts";
import { HandshakeParty } from "./handshake-party.ts";

function bench(limits: Partial<TransportLimits> = {}): {
  readonly clock: ManualClock;
  judge(source: string, options?: { proven?: boolean; pending?: number }): string;
} {
  const clock = new ManualClock();
  const { crypto } = new HandshakeParty("a", clock);
  const cookies = new CookieMaker({ clock, entropy: seededEntropy(1), crypto });
  const admission = new Admission(cookies, { clock, limits: resolveLimits(limits) });
  const blank = new HandshakeParty("a", clock).init();
  return {
    clock,
    judge: (source, { proven = false, pending = 0 } = {}) => {
      const init = blank.slice();
      if (proven) writeCookieMac(crypto, cookies.cookieFor(source), init);
      return admission.judge(init, source, pending);
    },
  };
}

describe("a message 1", () => {
  test("begins a handshake without more ado while little is going on", () => {
    const { judge } = bench();
    expect(judge("10.0.0.1:1")).toBe("admitted");
    expect(judge("10.0.0.1:1", { pending: 63 })).toBe("admitted");
  });

  test("must prove its source when a sixteenth of all places is taken", () => {
    const { judge } = bench();
    expect(judge("10.0.0.1:1", { pending: 64 })).toBe("cookie-required");
    expect(judge("10.0.0.1:1", { pending: 64, proven: true })).toBe("admitted");
  });

  test("must prove its source when there are many in a second", async () => {
    const { clock, judge } = bench({ handshakesPerSecond: 30 });
    const verdicts = Array.from({ length: 31 }, (_, i) => judge(`10.0.0.${i}:1`));
    expect(verdicts.indexOf("cookie-required")).toBe(30);
    expect(judge("10.0.1.1:1", { proven: true })).toBe("admitted");
    await clock.advance(1_000);
    expect(judge("10.0.1.1:1")).toBe("admitted");
  });

  test("must prove its source when that was named too often", () => {
    const { judge } = bench({ sourceHandshakesPerSecond: 2 });
    const verdicts = Array.from({ length: 5 }, () => judge("10.0.0.1:1"));
    expect(verdicts).toEqual([...Array(4).fill("admitted"), "cookie-required"]);
    expect(judge("10.0.0.1:1", { proven: true })).toBe("admitted");
    expect(judge("10.0.0.2:1")).toBe("admitted");
  });

  test("is dropped when its source, proven, has had its share", async () => {
    const { clock, judge } = bench({ sourceHandshakesPerSecond: 2 });
    const proven = true;
    const verdicts = Array.from({ length: 5 }, () => judge("10.0.0.1:1", { proven }));
    expect(verdicts).toEqual([...Array(4).fill("admitted"), "rate-limited"]);
    expect(judge("10.0.0.2:1", { proven })).toBe("admitted");
    await clock.advance(500);
    expect(judge("10.0.0.1:1", { proven })).toBe("admitted");
  });

  test("loses nothing to somebody who only names the same source", () => {
    const { judge } = bench({ sourceHandshakesPerSecond: 2 });
    for (let i = 0; i < 100; i++) judge("10.0.0.1:1");
    expect(judge("10.0.0.1:1", { proven: true })).toBe("admitted");
  });
});
