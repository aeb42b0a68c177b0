import { leakyTimers, throwingTimers } from "../planting/clock-bugs.ts";
import type { Plant } from "../planting/plant.ts";
import {
  lostRemovals,
  mixedSets,
  noAge,
  noExpiry,
  noTombstones,
  noUnhide,
  olderAgain,
  staleAnswers,
} from "./index-patches.ts";
import type { Rule } from "./rules.ts";
import type { Seams } from "./seams.ts";
import {
  forgottenStreams,
  noForwarding,
  noGoodbye,
  noOldGoodbyes,
  noOutdoing,
  noPace,
  noSync,
} from "./spreading-patches.ts";

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
    name: "stale-answers",
    meaning: "who was found by a tag first is found by it for ever",
    breaks: "misfiled",
    patch: staleAnswers,
  },
  {
    name: "lost-removals",
    meaning: "a live query hears of who comes, and of nobody who goes",
    breaks: "misfiled",
    patch: lostRemovals,
  },
  {
    name: "no-sync",
    meaning: "tables that differ are left as they are",
    breaks: "disagreement",
    patch: noSync,
  },
  {
    name: "no-forwarding",
    meaning: "what one neighbour tells is told to no other",
    breaks: "disagreement",
    patch: noForwarding,
  },
  {
    name: "no-outdoing",
    meaning: "nobody speaks above what is told of its former life",
    breaks: "disagreement",
    patch: noOutdoing,
  },
  {
    name: "no-goodbye",
    meaning: "who closes takes nothing back",
    breaks: "goodbye-lost",
    patch: noGoodbye,
  },
  {
    name: "no-old-goodbyes",
    meaning: "goodbyes are told as news, and not to who missed them",
    breaks: "digests-differ",
    patch: noOldGoodbyes,
  },
  {
    name: "no-pace",
    meaning: "whatever changes is told at once",
    breaks: "too-talkative",
    patch: noPace,
  },
  {
    name: "forgotten-streams",
    meaning: "streams for feeds are opened at each look at a neighbour, and forgotten",
    breaks: "unbounded",
    patch: forgottenStreams,
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
