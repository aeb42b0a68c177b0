import { type Clock, linkSignals, type NodeId } from "@selvage/core";
import type { Peer, Transport } from "@selvage/transport";

import { DEFAULT_RACE_DELAY_MS } from "../defaults.ts";
import { RpcError } from "../errors.ts";
import type { Provider } from "../selection/provider.ts";

/** What the race needs. */
export interface SessionRaceParts {
  readonly transport: Pick<Transport, "connect" | "peer">;
  readonly clock: Clock;
  /** A provider could not be reached. */
  readonly onUnreachable: (nodeId: NodeId) => void;
}

/**
 * The first of the providers, in their order, with which a session stands. A handshake that takes
 * longer than {@link DEFAULT_RACE_DELAY_MS} gets company by the next one's, and the first session
 * wins; the other handshakes go on, for their sessions will be needed.
 *
 * @throws {@link RpcError} with kind `no-route` when none can be reached, or the signal's reason.
 */
export async function raceSessions(
  { transport, clock, onUnreachable }: SessionRaceParts,
  service: string,
  providers: readonly Provider[],
  signal: AbortSignal,
): Promise<Peer> {
  signal.throwIfAborted();
  const running = new Set<Promise<Peer | undefined>>();
  for (const provider of providers) {
    const known = transport.peer(provider.nodeId);
    if (known !== undefined && known.state !== "failed" && !known.isGoingAway) return known;
    const dial: Promise<Peer | undefined> = dialProvider(transport, provider).then((peer) => {
      if (peer === undefined) onUnreachable(provider.nodeId);
      running.delete(dial);
      return peer;
    });
    running.add(dial);
    const won = await firstWithin(clock, running, DEFAULT_RACE_DELAY_MS, signal);
    if (won !== undefined) return won;
  }
  while (running.size > 0) {
    const won = await firstWithin(clock, running, Number.POSITIVE_INFINITY, signal);
    if (won !== undefined) return won;
  }
  throw new RpcError("no-route", `no provider of "${service}" can be reached`);
}

/** The first session among the handshakes, or `undefined` once time is up or one has failed. */
async function firstWithin(
  clock: Clock,
  running: ReadonlySet<Promise<Peer | undefined>>,
  ms: number,
  signal: AbortSignal,
): Promise<Peer | undefined> {
  const wait = linkSignals(signal);
  try {
    const bound = Number.isFinite(ms) ? ms : 2 ** 31;
    const timeUp = clock.sleep(bound, { signal: wait.signal }).then(() => undefined);
    return await Promise.race([...running, timeUp]);
  } finally {
    wait.abort();
    wait[Symbol.dispose]();
  }
}

/** A session with the provider, or `undefined` if it cannot be reached. */
export async function dialProvider(
  transport: Pick<Transport, "connect">,
  { addresses, nodeId }: Provider,
): Promise<Peer | undefined> {
  // A node without addresses may still be reached through others.
  for (const address of addresses.length > 0 ? addresses : [undefined]) {
    try {
      return await transport.connect({ address, nodeId });
    } catch {
      // The next address may lead there.
    }
  }
  return undefined;
}
