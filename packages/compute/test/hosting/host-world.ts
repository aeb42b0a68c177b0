import type { NodeId } from "@selvage/core";
import { ManualClock } from "@selvage/testing";

import { NO_TERM, type Term } from "../../src/daemon/term.ts";
import { ComputeError } from "../../src/errors.ts";
import { answerWithin } from "../../src/hosting/answer-within.ts";
import { CommandSigner } from "../../src/hosting/command-signer.ts";
import { GroupCommander } from "../../src/hosting/group-commander.ts";
import type { MemberCaller } from "../../src/hosting/hosted-member.ts";
import {
  LocalMemberHost,
  type LocalMemberHostConfig,
  type LocalMemberHostParts,
} from "../../src/hosting/local-member-host.ts";
import type { HostCallOptions, MemberHost } from "../../src/hosting/member-host.ts";
import { SOLO_PROGRAM } from "../../src/hosting/solo-member.ts";
import type { SpawnOrder } from "../../src/hosting/spawn-order.ts";
import { Counter } from "../daemons.ts";
import { identityOf } from "../identities.ts";
import { present } from "../present.ts";

/** The identity that the groups of tests sign with. */
export const groupIdentity: ReturnType<typeof identityOf> = identityOf(200);

/** The term of a number; of equal ones the one with the higher coordinator is later. */
export function termOf(number: number, coordinator = 1): Term {
  return { number, coordinator: identityOf(coordinator).nodeId };
}

/** An order for a counter. */
export function orderOf(member: number, order: Partial<SpawnOrder> = {}): SpawnOrder {
  return {
    program: SOLO_PROGRAM,
    kind: "counter",
    seed: identityOf(member).toBytes(),
    fork: undefined,
    hostConfig: {},
    config: new Uint8Array(),
    ...order,
  };
}

/** Nodes with members in one process, and what is between them: delays and cuts, by node. */
export class HostWorld {
  readonly clock: ManualClock = new ManualClock();
  readonly hosts: Map<NodeId, LocalMemberHost> = new Map();
  /** Nodes that nobody reaches. */
  readonly lost: Set<NodeId> = new Set();
  /** How long requests to a node are on their way, in milliseconds. */
  readonly delaysMs: Map<NodeId, number> = new Map();

  /** Adds a node that makes counters for all groups. */
  add(
    number: number,
    parts: Partial<LocalMemberHostParts> = {},
    config?: LocalMemberHostConfig,
  ): LocalMemberHost {
    const { nodeId } = identityOf(number);
    const host = new LocalMemberHost(
      {
        nodeId,
        factories: (kind) => (kind === "counter" ? () => new Counter() : undefined),
        allow: () => true,
        clock: this.clock,
        ...parts,
      },
      config,
    );
    this.hosts.set(nodeId, host);
    return host;
  }

  /** All nodes, as one of them sees them. */
  from(nodeId: NodeId): MemberHost {
    return {
      command: (to, command, options) =>
        this.#ask(nodeId, to, options, (host, caller) => host.command(command, caller)),
      deliver: (to, delivery, options) =>
        this.#ask(nodeId, to, options, (host, caller) => host.deliver(delivery, caller)),
      send: (to, message, options) =>
        this.#ask(nodeId, to, options, (host, caller) => host.message(message, caller)),
    };
  }

  /** A coordinator's voice. */
  commander(term: Term = termOf(1), signer = CommandSigner.ofGroup(groupIdentity)): GroupCommander {
    return new GroupCommander({ hosts: this.from(NO_TERM.coordinator), signer, term });
  }

  #ask<T>(
    from: NodeId,
    to: NodeId,
    options: HostCallOptions = {},
    ask: (host: LocalMemberHost, caller: MemberCaller) => Promise<T>,
  ): Promise<T> {
    return answerWithin(this.clock, to, options, async (signal) => {
      const delayMs = this.delaysMs.get(to) ?? 0;
      if (delayMs > 0) await this.clock.sleep(delayMs);
      if (this.lost.has(to)) {
        throw new ComputeError("host-unreachable", "lost", { delivered: "never" });
      }
      return await ask(present(this.hosts.get(to)), { nodeId: from, signal });
    });
  }
}

/** The kind of what a promise is rejected with, with what it says of delivery. */
export async function failureOf(promise: Promise<unknown>): Promise<readonly [string, string]> {
  try {
    await promise;
  } catch (error) {
    if (error instanceof ComputeError) return [error.kind, error.delivered ?? "not said"];
    throw error;
  }
  throw new Error("expected a ComputeError, but nothing was thrown");
}
