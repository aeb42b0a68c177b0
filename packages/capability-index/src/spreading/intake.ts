import type { Clock, Logger, NodeId } from "@selvage/core";

import type { Announcement } from "../announcement/announcement.ts";
import type { AnnouncementDropReason, AnnouncementVerifier } from "../announcement/verifier.ts";
import type { CapabilityIndex } from "../index/capability-index.ts";
import type { ApplyOutcome } from "../index/change.ts";
import { OriginLimiter } from "./origin-limiter.ts";

/** What no neighbour passes on that checks what it gets. */
const WORTHLESS: ReadonlySet<AnnouncementDropReason> = new Set([
  "malformed",
  "not-sender",
  "bad-signature",
]);
/** What changes what others should know. */
const NEWS: ReadonlySet<ApplyOutcome> = new Set(["added", "updated", "removed"]);

/** What an {@link Intake} works with. */
export interface IntakeParts {
  readonly index: CapabilityIndex;
  readonly verifier: AnnouncementVerifier;
  readonly clock: Clock;
  readonly logger: Logger;
  /** Passes on what is news of a node, to everybody but the neighbour that it came from. */
  tell(nodeId: NodeId, except: NodeId): void;
  /** Tells one neighbour what is known of a node. */
  answer(neighbour: NodeId, nodeId: NodeId): void;
  /** Somebody announces something in our name. */
  onOwn(announcement: Announcement): void;
}

/** Takes in what neighbours announce: verifies it, puts it into the index, and passes on news. */
export class Intake {
  readonly #parts: IntakeParts;
  readonly #limiter: OriginLimiter;
  #rateLimited = 0;

  constructor(parts: IntakeParts) {
    this.#parts = parts;
    this.#limiter = new OriginLimiter(() => parts.clock.now());
  }

  /** Announcements dropped because their node sends too many. */
  get rateLimited(): number {
    return this.#rateLimited;
  }

  /** `false` if no honest neighbour would have passed these bytes on. */
  take(bytes: Uint8Array, via: NodeId): boolean {
    const { answer, index, logger, onOwn, tell, verifier } = this.#parts;
    const verdict = verifier.verify(bytes, via);
    if (verdict.status === "dropped") {
      logger.debug("dropped an announcement", { via, reason: verdict.reason });
      return !WORTHLESS.has(verdict.reason);
    }
    // Who passes on what is old shall learn what is new, and a restarted node that it must outdo
    // its former self.
    if (verdict.status === "superseded") answer(via, verdict.nodeId);
    else if (verdict.status === "own") onOwn(verdict.announcement);
    else if (this.#limiter.take(verdict.announcement.nodeId)) {
      const outcome = index.apply(verdict.announcement, { via });
      if (NEWS.has(outcome)) tell(verdict.announcement.nodeId, via);
    } else this.#rateLimited++;
    return true;
  }

  /** To be called now and then. */
  expire(): void {
    this.#limiter.expire();
  }
}
