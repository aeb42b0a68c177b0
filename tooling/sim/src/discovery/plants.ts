import { leakyTimers, throwingTimers } from "../planting/clock-bugs.ts";
import type { Plant } from "../planting/plant.ts";
import { mixedSets, noAge, noExpiry, noTombstones, noUnhide, olderAgain } from "./patches.ts";
import type { Rule } from "./rules.ts";
import type { Seams } from "./seams.ts";

/** Bugs that the rules must notice. */
export const plants: readonly Plant<Rule, Seams>[] = [
  {
    name: "no-unhide",
    meaning: "a failed node stays hidden when it is back",
    breaks: "stays-hidden",
    patch: noUnhide,
  },
  {
    name: "no-tombstones",
    meaning: "a goodbye is forgotten as soon as it has removed what it takes back",
    breaks: "came-back",
    patch: noTombstones,
  },
  {
    name: "no-expiry",
    meaning: "what was announced holds for fifteen minutes, whatever its lifetime",
    breaks: "undead",
    patch: noExpiry,
  },
  {
    name: "no-age",
    meaning: "the age of what is passed on is forgotten",
    breaks: "undead",
    patch: noAge,
  },
  {
    name: "mixed-sets",
    meaning: "a set keeps the tags of the one before",
    breaks: "never-said",
    patch: mixedSets,
  },
  {
    name: "older-again",
    meaning: "once per node, an older announcement replaces a newer one",
    breaks: "version-back",
    patch: olderAgain,
  },
  {
    name: "timer-leak",
    meaning: "a long timer that is taken back stays set now and then",
    breaks: "leak",
    seams: { clock: leakyTimers(5_000) },
  },
  {
    name: "throwing-timer",
    meaning: "a timer's callback throws now and then",
    breaks: "crash",
    seams: { clock: throwingTimers },
  },
];
