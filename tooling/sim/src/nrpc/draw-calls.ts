import { type Random, randomBetween, randomInt } from "@selvage/core";
import type { CallRetryOptions, CallShape } from "@selvage/nrpc";

import { chance, logBetween, oneOf } from "../world/draw.ts";
import type { CallSpec, Script } from "./call-spec.ts";
import type { ServiceSetting, Setting } from "./setting.ts";
import { MAX_DEADLINE_MS, WELL_MS } from "./times.ts";

const POLICIES = ["round-robin", "random", "sticky", "lowest-latency", "least-loaded"] as const;
const hasRequests = (shape: CallShape): boolean =>
  shape === "client-stream" || shape === "bidirectional";
const hasResponses = (shape: CallShape): boolean =>
  shape === "server-stream" || shape === "bidirectional";

/** What every call is that is not said to be otherwise. */
const plain = {
  pinnedTo: undefined,
  retry: false,
  hedge: false,
  attemptTimeoutMs: undefined,
  policy: "round-robin",
  distrusts: undefined,
  filterUnhealthy: true,
  cancelAfterMs: undefined,
  leavesAfter: undefined,
  readGapMs: 0,
  key: undefined,
  requestGapMs: 0,
  throwsAt: undefined,
  nested: undefined,
  isOwed: false,
  isLast: false,
} as const satisfies Partial<CallSpec>;

/** Draws what callers want. */
export class CallDraw {
  readonly #random: Random;
  readonly #setting: Setting;
  readonly #calm: readonly ServiceSetting[];
  readonly #wild: readonly ServiceSetting[];
  #contents = 0;

  constructor(random: Random, setting: Setting) {
    const services = [...setting.services.values()];
    this.#random = random;
    this.#setting = setting;
    this.#calm = services.filter(({ isCalm }) => isCalm);
    this.#wild = services.filter(({ isCalm }) => !isCalm);
  }

  /** A call that is owed an answer, if anybody could give it. */
  owed(): CallSpec {
    const random = this.#random;
    const { contract } = oneOf(random, this.#calm);
    return {
      ...this.#calmly(contract.name, contract.shape),
      retry: true,
      hedge: chance(random, 0.2),
      policy: oneOf(random, POLICIES),
      deadlineMs: MAX_DEADLINE_MS,
      isOwed: true,
    };
  }

  /** A call when all is well. */
  last(service: string, isAlone: boolean): CallSpec {
    const shape = this.#shapeOf(service);
    return {
      ...this.#calmly(service, shape),
      retry: isAlone,
      deadlineMs: WELL_MS,
      isLast: true,
    };
  }

  /** A call without any wishes. */
  plain(service: string): CallSpec {
    return this.#calmly(service, this.#shapeOf(service));
  }

  /** Any call; `depth` handlers may make calls for it. */
  any(caller: string, depth = 2): CallSpec {
    const random = this.#random;
    const { contract } = chance(random, 0.1)
      ? oneOf(random, this.#calm)
      : oneOf(random, this.#wild);
    const { name, shape } = contract;
    const others = this.#setting.machines.map((machine) => machine.name);
    const isPinned = chance(random, 0.15);
    const requests = this.#requests(shape);
    return {
      ...plain,
      service: name,
      pinnedTo: isPinned
        ? oneOf(
            random,
            others.filter((other) => other !== caller),
          )
        : undefined,
      retry: chance(random, 0.4) ? false : chance(random, 0.6) ? true : this.#retry(),
      hedge: chance(random, 0.15)
        ? chance(random, 0.5)
          ? true
          : { delayMs: 20, hedges: 2 }
        : false,
      attemptTimeoutMs: chance(random, 0.15) ? logBetween(random, 30, 1_500) : undefined,
      policy: oneOf(random, POLICIES),
      distrusts: chance(random, 0.08) ? oneOf(random, others) : undefined,
      filterUnhealthy: !chance(random, 0.1),
      deadlineMs: chance(random, 0.8) ? logBetween(random, 200, 5_000) : logBetween(random, 5, 200),
      cancelAfterMs: chance(random, 0.15) ? logBetween(random, 1, 1_500) : undefined,
      leavesAfter: hasResponses(shape) && chance(random, 0.15) ? randomInt(random, 4) : undefined,
      readGapMs: hasResponses(shape) && chance(random, 0.2) ? logBetween(random, 2, 200) : 0,
      key: shape === "unary" && chance(random, 0.5) ? `key ${this.#contents + 1}` : undefined,
      content: ++this.#contents,
      requests,
      requestGapMs: hasRequests(shape) && chance(random, 0.4) ? logBetween(random, 1, 150) : 0,
      throwsAt:
        hasRequests(shape) && chance(random, 0.08)
          ? randomInt(random, requests.length + 1)
          : undefined,
      script: this.#script(shape, requests.length),
      nested: depth > 0 && chance(random, 0.15) ? this.#nested(caller, depth - 1) : undefined,
    };
  }

  /** A call that names the key of another one: the same again, or not. */
  repeat(spec: CallSpec): CallSpec {
    const random = this.#random;
    const isSame = chance(random, 0.8);
    return {
      ...spec,
      content: isSame ? spec.content : ++this.#contents,
      cancelAfterMs: chance(random, 0.1) ? logBetween(random, 1, 500) : undefined,
      deadlineMs: logBetween(random, 500, 5_000),
    };
  }

  /** A handler has no more time than it was given, whatever it asks for. */
  #nested(caller: string, depth: number): CallSpec {
    const spec = this.any(caller, depth);
    return {
      ...spec,
      pinnedTo: undefined,
      key: undefined,
      readGapMs: 0,
      deadlineMs: chance(this.#random, 0.7) ? MAX_DEADLINE_MS : spec.deadlineMs,
    };
  }

  #shapeOf(service: string): CallShape {
    return this.#setting.services.get(service)?.contract.shape ?? "unary";
  }

  /** Nothing that takes long or is much. */
  #calmly(service: string, shape: CallShape): CallSpec {
    const random = this.#random;
    const few = (most: number): number[] =>
      Array.from({ length: randomInt(random, most + 1) }, () => randomInt(random, 400));
    return {
      ...plain,
      service,
      deadlineMs: MAX_DEADLINE_MS,
      content: ++this.#contents,
      requests: hasRequests(shape) ? few(5) : [randomInt(random, 400)],
      script: {
        workMs: chance(random, 0.8) ? randomInt(random, 10) : randomInt(random, 150),
        responses: hasResponses(shape) ? few(5) : [randomInt(random, 400)],
        responseGapMs: chance(random, 0.5) ? 0 : randomInt(random, 20),
        readsUntil: undefined,
        readGapMs: 0,
        echoes: shape === "bidirectional" && chance(random, 0.5),
        hasSignal: true,
        heedsSignal: true,
        fails: undefined,
      },
    };
  }

  #retry(): CallRetryOptions {
    const random = this.#random;
    return {
      maxAttempts: 1 + randomInt(random, 5),
      initialBackoffMs: logBetween(random, 5, 200),
      maybeDelivered: oneOf(random, [undefined, true, false]),
    };
  }

  #requests(shape: CallShape): number[] {
    const random = this.#random;
    if (!hasRequests(shape)) return [this.#size()];
    // A few are more than what is kept for another provider.
    if (chance(random, 0.06)) return Array.from({ length: 6 }, () => 60_000);
    return Array.from({ length: randomInt(random, 9) }, () => this.#size());
  }

  #script(shape: CallShape, requests: number): Script {
    const random = this.#random;
    const responses = hasResponses(shape)
      ? Array.from({ length: randomInt(random, 9) }, () => this.#size())
      : [this.#size()];
    return {
      workMs: chance(random, 0.8) ? randomBetween(random, 0, 30) : logBetween(random, 30, 1_500),
      responses,
      responseGapMs: chance(random, 0.5) ? 0 : logBetween(random, 1, 150),
      readsUntil:
        hasRequests(shape) && chance(random, 0.2) ? randomInt(random, requests + 1) : undefined,
      readGapMs: hasRequests(shape) && chance(random, 0.25) ? logBetween(random, 1, 100) : 0,
      echoes: shape === "bidirectional" && chance(random, 0.5),
      hasSignal: chance(random, 0.85),
      heedsSignal: chance(random, 0.6),
      fails: chance(random, 0.1) ? oneOf(random, ["application", "throw"] as const) : undefined,
    };
  }

  /** Mostly small; sometimes several packets; rarely more than a stream's window. */
  #size(): number {
    const random = this.#random;
    const drawn = random.next();
    if (drawn < 0.88) return randomInt(random, 300);
    return drawn < 0.985 ? randomInt(random, 5_000) : 66_000 + randomInt(random, 60_000);
  }
}
