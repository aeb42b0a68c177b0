import { equalBytes, fromHex, isNodeId, type NodeId, toHex } from "@selvage/core";

import { DIGEST_BYTES } from "../announcement/announcement.ts";
import type { TableRange } from "../wire/feed.gen.ts";
import type { IdRange, TableItem } from "./table-snapshot.ts";

/** Items in one message about a range; the schema says so too. */
const MAX_RANGE_ITEMS = 512;
const NODE_ID_BYTES = 16;
/** Stands for no bound. */
const NONE: Uint8Array = new Uint8Array(0);

/** What two tables have to tell each other about a range. */
export interface RangeDifference {
  /** Of ours, the other lacks these. */
  readonly push: readonly NodeId[];
  /** Of theirs, these are newer than ours. Of two bodies with one version, both are told. */
  readonly want: readonly NodeId[];
  /** Of these we hold nothing. */
  readonly foreign: readonly TableItem[];
}

/** All that a table holds in a range, in as many messages as that takes; at least one. */
export function writeRange(items: readonly TableItem[], { from, before }: IdRange): TableRange[] {
  const messages: TableRange[] = [];
  for (let at = 0; at === 0 || at < items.length; at += MAX_RANGE_ITEMS) {
    const slice = items.slice(at, at + MAX_RANGE_ITEMS);
    const next = items[at + MAX_RANGE_ITEMS]?.nodeId ?? before;
    messages.push({
      from: fromHex(at === 0 ? from : (slice[0]?.nodeId ?? from)),
      before: next === undefined ? NONE : fromHex(next),
      items: slice.map((item) => ({ ...item, nodeId: fromHex(item.nodeId) })),
    });
  }
  return messages;
}

/** A range as it was received; `undefined` if it makes no sense. */
export function readRange(
  received: TableRange,
): { readonly range: IdRange; readonly items: readonly TableItem[] } | undefined {
  const isUnbounded = received.before.length === 0;
  const from = readNodeId(received.from);
  const before = isUnbounded ? undefined : readNodeId(received.before);
  if (from === undefined || (before === undefined && !isUnbounded)) return undefined;
  const items: TableItem[] = [];
  for (const { nodeId, version, digest } of received.items) {
    const id = readNodeId(nodeId);
    if (id === undefined || digest.length !== DIGEST_BYTES) return undefined;
    items.push({ nodeId: id, version, digest });
  }
  return { range: { from, before }, items };
}

/** Compares what we hold in a range with what the other does. */
export function compareRange(
  ours: readonly TableItem[],
  theirs: readonly TableItem[],
): RangeDifference {
  const push: NodeId[] = [];
  const want: NodeId[] = [];
  const foreign = new Map(theirs.map((item) => [item.nodeId, item]));
  for (const { nodeId, version, digest } of ours) {
    const other = foreign.get(nodeId);
    foreign.delete(nodeId);
    if (other !== undefined && equalBytes(digest, other.digest)) continue;
    if (other === undefined || version >= other.version) push.push(nodeId);
    if (other !== undefined && version <= other.version) want.push(nodeId);
  }
  return { push, want, foreign: [...foreign.values()] };
}

/** The node id in these bytes, if it is one. */
export function readNodeId(bytes: Uint8Array): NodeId | undefined {
  const text = bytes.length === NODE_ID_BYTES ? toHex(bytes) : "";
  return isNodeId(text) ? text : undefined;
}
