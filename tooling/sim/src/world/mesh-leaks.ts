import type { Mesh, MeshStats } from "@selvage/mesh";
import { DEFAULT_REASSEMBLY_BUDGET_BYTES as REASSEMBLY_BYTES } from "@selvage/transport";

import type { ClosedProcess } from "./machine.ts";

/** Announcements take one stream each way per session. */
const STREAMS_PER_SESSION = 2;

/** What is left of calls at a node where none is under way any more, in words. */
export function leftOfCalls({ transport, inFlight }: MeshStats): string[] {
  const { sessions, streams, reassemblyFreeBytes } = transport;
  const left: string[] = [];
  if (inFlight > 0) left.push(`${inFlight} handlers`);
  if (streams > STREAMS_PER_SESSION * sessions) {
    left.push(`${streams} streams on ${sessions} sessions`);
  }
  if (reassemblyFreeBytes !== REASSEMBLY_BYTES) {
    left.push(`${REASSEMBLY_BYTES - reassemblyFreeBytes} bytes of reassembly`);
  }
  return left;
}

/** What a node still counts of calls, made or served, where none is under way any more, in words. */
export function leftOfClient({ client, calls }: MeshStats): string[] {
  const left: string[] = [];
  if (client.inFlight > 0) left.push(`${client.inFlight} calls that it makes`);
  for (const { service, nodeId, inFlight } of client.providers) {
    if (inFlight !== 0) left.push(`${inFlight} attempts of ${service} at ${nodeId}`);
  }
  for (const { service, inFlight } of [...calls.made, ...calls.served]) {
    if (inFlight !== 0) left.push(`${inFlight} counted of ${service}`);
  }
  return left;
}

/** What is left of a process that closed, in words. `handlers`: those that have a timer and work on. */
export function leftOfProcess({ node, process }: ClosedProcess<Mesh>, handlers: number): string[] {
  if (node.state === "killed") return [];
  const { sessions, peers, streams } = process.stats().transport;
  const counts = { timers: node.pendingTimers - handlers, sessions, peers, streams };
  return Object.entries(counts)
    .filter(([, count]) => count > 0)
    .map(([what, count]) => `${count} ${what}`);
}
