import type { NodeId } from "@selvage/core";

import type { AnyContract } from "../contract.ts";
import { isRpcError, RpcError } from "../errors.ts";
import { schemaHash } from "../schema-hash.ts";
import type { Directory } from "../selection/directory.ts";

/**
 * The error of a message that does not match its contract; if the provider announced other schemas
 * than the caller has, it says so.
 */
export function withSchemaNote(
  error: unknown,
  contract: AnyContract,
  directory: Pick<Directory, "providers">,
  answeredBy: NodeId | undefined,
): unknown {
  if (!isRpcError(error, "bad-request") && !isRpcError(error, "bad-response")) return error;
  const provider = error.provider ?? answeredBy;
  if (provider === undefined) return error;
  const known = directory.providers(contract.name).find(({ nodeId }) => nodeId === provider);
  const theirs = known?.offer.schemaHash;
  const ours = theirs === undefined ? undefined : schemaHash(contract);
  if (ours === undefined || ours === theirs) return error;
  const { kind, cause, delivered, trailers } = error;
  const text = error.message.replace(/^\[[^\]]*\] /, "");
  const note = `caller and provider have different schemas (${ours}, ${theirs})`;
  return new RpcError(kind, `${text}; ${note}`, { cause, delivered, provider, trailers });
}
