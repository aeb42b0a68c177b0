import type { DaemonHost } from "../daemon/daemon-host.ts";
import { ComputeError } from "../errors.ts";
import type { MemberStatus } from "./host-status.ts";
import type { HostedMember, MemberEnd } from "./hosted-member.ts";
import type { SpawnOrder } from "./spawn-order.ts";

/** How an instance is made: as long as somebody wants it, and it runs as soon as it is told to. */
export interface Making {
  isWanted(): boolean;
  runs(running: RunningMember): void;
}

/** A member that was made. */
export interface RunningMember {
  readonly host: DaemonHost;
  readonly member: HostedMember;
}

/** The latest command to an instance that must not be done twice, and what came of it. */
interface LastCommand {
  readonly sequence: number;
  readonly kind: string;
  readonly reply: Promise<Uint8Array>;
}

/** One instance of a member at this node: being made, running, or over. */
export class HostedInstance {
  readonly slot: number;
  readonly incarnation: number;
  readonly order: SpawnOrder;
  /** Identifies the order that it was made by. */
  readonly orderDigest: Uint8Array;
  /** Settles when it runs, or could not be made. */
  readonly made: Promise<void>;
  #running: RunningMember | undefined;
  #isOver = false;
  #last: LastCommand | undefined;

  constructor(
    { slot, incarnation }: { readonly slot: number; readonly incarnation: number },
    { order, orderDigest }: { readonly order: SpawnOrder; readonly orderDigest: Uint8Array },
    make: (making: Making) => Promise<void>,
  ) {
    this.slot = slot;
    this.incarnation = incarnation;
    this.order = order;
    this.orderDigest = orderDigest;
    this.made = make({
      isWanted: () => !this.#isOver,
      runs: (running) => {
        this.#running = running;
      },
    });
    // Whoever spawns it hears of its failure.
    this.made.catch(() => {});
  }

  /** The member, once it runs. */
  get running(): RunningMember | undefined {
    return this.#running;
  }

  /**
   * Does something that must not be done twice: a repeat of the last one gets the answer of that.
   *
   * @throws {@link ComputeError} with kind `stale` if something later was done since.
   */
  once(
    { sequence, kind }: { readonly sequence: number; readonly kind: string },
    act: () => Promise<Uint8Array>,
  ): Promise<Uint8Array> {
    const last = this.#last;
    if (last !== undefined && sequence <= last.sequence) {
      if (sequence === last.sequence && kind === last.kind) return last.reply;
      const text = `command ${sequence} ("${kind}") came behind ${last.sequence} ("${last.kind}")`;
      throw new ComputeError("stale", text, { delivered: "never", retryable: false });
    }
    const reply = act();
    this.#last = { sequence, kind, reply };
    reply.catch(() => {
      // What failed may be tried again.
      if (this.#last?.reply === reply) this.#last = last;
    });
    return reply;
  }

  /** Lets a new term begin to count commands anew. */
  forgetCommands(): void {
    this.#last = undefined;
  }

  /** It gets nothing more. */
  end(why: MemberEnd): void {
    this.#isOver = true;
    const running = this.#running;
    this.#running = undefined;
    running?.member.end(why);
  }

  /** What the host tells of it; `undefined` as long as it is not running. */
  status(): MemberStatus | undefined {
    if (this.#running === undefined) return undefined;
    const { host, member } = this.#running;
    return {
      slot: this.slot,
      incarnation: this.incarnation,
      originHash: host.originHash,
      kind: this.order.kind,
      program: this.order.program,
      deliveryIndex: host.deliveryIndex,
      health: host.health(),
      saturation: host.saturation(),
      details: member.describe?.() ?? new Uint8Array(),
    };
  }
}
