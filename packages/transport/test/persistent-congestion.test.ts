import { expect, test } from "vitest";

import { Recovery } from "../src/session/recovery.ts";

/** Twenty packets over 300 ms on a 10 ms path, of which these did not arrive; the window after it. */
function windowAfter(isLost: (nth: number) => boolean): number {
  const recovery = new Recovery({
    loopDelayMs: () => 0,
    handshakeRttMs: 10,
    peerMaxAckDelayMs: 5,
    peerBudgetBytes: 1e9,
  });
  const delays = { ackDelayMs: 0, loopDelayMs: 0 };
  let number = 0;
  let now = 0;
  for (let round = 0; round < 6; round++) {
    const first = number;
    while (recovery.mayStart()) recovery.onSent(number++, now, 1_200, []);
    now += 10;
    const ranges = [{ first, last: number - 1 }];
    recovery.onAck({ largest: number - 1, ranges, ...delays }, now);
    recovery.detectLost(now);
  }
  const first = number;
  for (let nth = 0; nth < 20; nth++) {
    recovery.onSent(number++, now, 1_200, []);
    now += 15;
  }
  const ranges = Array.from({ length: 20 }, (_, nth) => 19 - nth)
    .filter((nth) => !isLost(nth))
    .map((nth) => ({ first: first + nth, last: first + nth }));
  recovery.onAck({ largest: number - 1, ranges, ...delays }, now);
  recovery.detectLost(now);
  return recovery.windowBytes;
}

test("a long time without any arrival costs the whole window, two losses far apart half of it", () => {
  const collapsed = windowAfter((nth) => nth < 19);
  const oneLoss = windowAfter((nth) => nth === 15);
  const twoFarApart = windowAfter((nth) => nth === 0 || nth === 15);
  expect(collapsed).toBeLessThan(oneLoss / 2);
  expect(twoFarApart).toBe(oneLoss);
});
