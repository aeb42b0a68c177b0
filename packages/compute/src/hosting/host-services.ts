import { type AnyContract, bytesCodec, type CallShape, defineService } from "@selvage/nrpc";

/** A service whose messages are bytes. Repeats of all of them are harmless. */
type BytesService<Shape extends CallShape> = AnyContract & { readonly shape: Shape };

function bytesService<const Shape extends CallShape>(
  name: string,
  shape: Shape,
): BytesService<Shape> {
  return defineService({ name, shape, codec: bytesCodec, idempotent: true });
}

/** Commands: a header, then the payload in parts; the answer comes in parts, too. */
export const commandService: BytesService<"bidirectional"> = bytesService(
  "compute/command",
  "bidirectional",
);
/** Events for members. */
export const deliveryService: BytesService<"unary"> = bytesService("compute/deliver", "unary");
/** Messages between members that fit into one. */
export const messageService: BytesService<"unary"> = bytesService("compute/message", "unary");
/** Larger ones: a header, then the payload in parts. */
export const transferService: BytesService<"client-stream"> = bytesService(
  "compute/transfer",
  "client-stream",
);
