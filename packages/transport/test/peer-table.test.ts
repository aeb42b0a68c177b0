import type { NodeId } from "@selvage/core";
import { nodeProvider } from "@selvage/identity";
import { ManualClock, seededEntropy } from "@selvage/testing";
import { describe, expect, test } from "vitest";

import { resolveLimits } from "../src/defaults.ts";
import { TransportError } from "../src/errors.ts";
import type { PeerProof } from "../src/handshake/proof.ts";
import type { PeerEvent } from "../src/index.ts";
import { PeerTable } from "../src/peer-table.ts";
import type { SessionHost } from "../src/session/session-host.ts";
import { Session } from "../src/session/session.ts";
import { ReassemblyBudget } from "../src/stream/reassembly-budget.ts";
import { identityOf, pattern } from "./world.ts";

/** A table of peers whose sessions reach nobody. */
class TableBench {
  readonly clock = new ManualClock();
  readonly events: PeerEvent["type"][] = [];
  readonly table: PeerTable;
  readonly #host: SessionHost;
  #sessions = 0;

  constructor() {
    const { clock } = this;
    const limits = resolveLimits();
    this.#host = {
      clock,
      limits,
      entropy: seededEntropy(1),
      crypto: nodeProvider(),
      budget: new ReassemblyBudget(limits.reassemblyBudgetBytes, limits.reassemblyStallMs, () =>
        clock.now(),
      ),
      relays: {
        onPathChange: () => {},
        onRelay: () => {},
        onRelayLimit: () => {},
        onRoute: () => {},
      },
      scratch: new Uint8Array(2_000),
      waysTo: () => [],
      maxDatagramBytesTo: () => 1_200,
      loopDelayMs: () => 0,
      transmit: () => {},
      wantsFlush: () => {},
      afterSocketIsDry: (fn) => fn(),
      probePort: () => {},
      onIncoming: () => {},
      reportError: () => {},
      onHealthChange: () => {},
      onViolation: () => {},
      onLeft: () => {},
      onClosed: (session, error) => this.table.remove(session, error),
    };
    this.table = new PeerTable(this.#host, identityOf("us").nodeId, ({ type }) => {
      this.events.push(type);
    });
  }

  session(proof: PeerProof): Session {
    const index = ++this.#sessions;
    return new Session(this.#host, {
      role: "responder",
      localIndex: index,
      remoteIndex: index,
      path: "10.0.0.1:7000",
      peer: proof,
      sealKey: pattern(32),
      openKey: pattern(32),
      handshakeRttMs: 10,
    });
  }

  /** Admits a session; what becomes of it is in the answer, now or later. */
  admit(proof: PeerProof): {
    readonly session: Session;
    outcome: "accepted" | TransportError | undefined;
  } {
    const admitted: ReturnType<TableBench["admit"]> = {
      session: this.session(proof),
      outcome: undefined,
    };
    this.table.admit({
      session: admitted.session,
      accept: () => {
        admitted.outcome = "accepted";
      },
      refuse: (error) => {
        admitted.outcome = error;
        admitted.session.fail(error);
      },
    });
    return admitted;
  }
}

const lost = (): TransportError => new TransportError("session-lost", "the peer closed it");

/** A proof made by hand: of an entity, in a life, under any node id. */
const proofOf = (name: string, boot: string, nodeId?: NodeId): PeerProof => ({
  nodeId: nodeId ?? identityOf(name).nodeId,
  entityId: identityOf(name).entityId,
  bootId: boot,
  addresses: [],
  parameters: {
    streamWindowBytes: 65_536,
    maxOpenStreams: 16,
    maxMessageBytes: 65_536,
    maxAckDelayMs: 5,
    receiveBudgetBytes: 65_536,
  },
});

describe("a second entity under a known node id", () => {
  const { nodeId } = identityOf("b");

  test("is refused, whichever life it is in, and harms the first in nothing", () => {
    const bench = new TableBench();
    const first = bench.admit(proofOf("b", "b1"));
    for (const boot of ["b1", "b2"]) {
      const second = bench.admit(proofOf("forger", boot, nodeId));
      expect(second.outcome).toMatchObject({ kind: "node-id-conflict", retryable: false });
      expect(String(second.outcome)).toContain(nodeId);
    }
    expect(first.outcome).toBe("accepted");
    expect(bench.table.get(nodeId)?.sessions).toEqual([first.session]);
    expect(bench.table.get(nodeId)?.entityId).toEqual(identityOf("b").entityId);
    expect(bench.events).toEqual(["connected"]);
  });

  test("is one like any other once the first is gone", () => {
    const bench = new TableBench();
    const first = bench.admit(proofOf("b", "b1"));
    expect(bench.admit(proofOf("forger", "b1", nodeId)).outcome).not.toBe("accepted");
    first.session.fail(lost());
    expect(bench.admit(proofOf("forger", "b1", nodeId)).outcome).toBe("accepted");
  });
});

describe("a newcomer with another boot id", () => {
  test("waits until the earlier process had three probe timeouts to answer", async () => {
    const bench = new TableBench();
    const old = bench.admit(proofOf("b", "b1"));
    const newcomer = bench.admit(proofOf("b", "b2"));
    const waitMs = 3 * old.session.recovery.ptoMs;
    await bench.clock.advance(waitMs - 1);
    expect([newcomer.outcome, old.session.isClosed]).toEqual([undefined, false]);
    await bench.clock.advance(2);
    expect([newcomer.outcome, old.session.isClosed]).toEqual(["accepted", true]);
    expect(old.session.failure).toMatchObject({ kind: "session-lost", delivered: "maybe" });
    expect(bench.events).toEqual(["connected", "disconnected", "connected"]);
    expect(bench.clock.pending).toBe(0);
  });

  test("takes the place at once when the earlier process says goodbye", () => {
    const bench = new TableBench();
    const [one, other] = [bench.admit(proofOf("b", "b1")), bench.admit(proofOf("b", "b1"))];
    const newcomer = bench.admit(proofOf("b", "b2"));
    one.session.fail(lost());
    expect(newcomer.outcome).toBeUndefined();
    other.session.fail(lost());
    expect(newcomer.outcome).toBe("accepted");
    expect([bench.clock.pending, bench.table.size]).toEqual([0, 1]);
  });

  test("takes the place at once when no session of the earlier process is known there", () => {
    const bench = new TableBench();
    const [one, other] = [bench.admit(proofOf("b", "b1")), bench.admit(proofOf("b", "b1"))];
    expect(bench.table.onUnknownSession(one.session)).toBe(false);
    const newcomer = bench.admit(proofOf("b", "b2"));
    expect(bench.table.onUnknownSession(one.session)).toBe(true);
    expect(newcomer.outcome).toBeUndefined();
    expect(bench.table.onUnknownSession(other.session)).toBe(true);
    expect(newcomer.outcome).toBe("accepted");
  });

  test("brings its second session along, and asks its own question of a third process", async () => {
    const bench = new TableBench();
    bench.admit(proofOf("b", "b1"));
    const [first, second] = [bench.admit(proofOf("b", "b2")), bench.admit(proofOf("b", "b2"))];
    const third = bench.admit(proofOf("b", "b3"));
    expect(third.outcome).toMatchObject({ kind: "too-many-handshakes", retryable: true });
    await bench.clock.advance(1_000);
    expect([first.outcome, second.outcome]).toEqual(["accepted", "accepted"]);
    const { sessions } = bench.table.get(identityOf("b").nodeId) ?? {};
    expect(sessions).toEqual([first.session, second.session]);
  });

  test("of another life than the newcomer before it must wait for that one's answer", async () => {
    const bench = new TableBench();
    bench.admit(proofOf("b", "b1"));
    const [first, second] = [bench.admit(proofOf("b", "b2")), bench.admit(proofOf("b", "b3"))];
    const waitMs = 3 * first.session.recovery.ptoMs + 1;
    await bench.clock.advance(waitMs);
    expect([first.outcome, second.outcome]).toEqual(["accepted", undefined]);
    await bench.clock.advance(waitMs);
    expect([first.session.isClosed, second.outcome]).toEqual([true, "accepted"]);
  });

  test("that ends while it waits leaves nothing behind", () => {
    const bench = new TableBench();
    const old = bench.admit(proofOf("b", "b1"));
    const newcomer = bench.admit(proofOf("b", "b2"));
    newcomer.session.fail(lost());
    expect(newcomer.outcome).toMatchObject({ kind: "session-lost" });
    expect([bench.clock.pending, bench.events, old.session.isClosed]).toEqual([
      0,
      ["connected"],
      false,
    ]);
  });
});
