declare const nodeIdBrand: unique symbol;

/**
 * Names a node: 32 lowercase hexadecimal characters, derived from its entity key, so that it
 * certifies itself.
 */
export type NodeId = string & { readonly [nodeIdBrand]: true };

/** Checks and brands a node id. Throws `TypeError` unless it is 32 lowercase hex characters. */
export function parseNodeId(text: string): NodeId {
  if (!isNodeId(text)) {
    throw new TypeError(
      `a node id is 32 lowercase hexadecimal characters, got "${text.slice(0, 64)}"`,
    );
  }
  return text;
}

/** Whether the text has the form of a node id. */
export function isNodeId(text: string): text is NodeId {
  return /^[0-9a-f]{32}$/.test(text);
}
