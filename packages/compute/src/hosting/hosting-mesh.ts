import type { NodeId } from "@selvage/core";
import type {
  AnyContract,
  CallInput,
  CallOptions,
  CallOutput,
  Handler,
  ServeHandle,
  ServeOptions,
} from "@selvage/nrpc";

/** What hosting needs of a node of a mesh. A `Mesh` is one. */
export interface HostingMesh {
  readonly nodeId: NodeId;
  serve<C extends AnyContract>(
    contract: C,
    handler: Handler<C>,
    options?: ServeOptions,
  ): ServeHandle;
  callNode<C extends AnyContract>(
    nodeId: NodeId,
    contract: C,
    request: CallInput<C>,
    options?: CallOptions,
  ): CallOutput<C>;
}
