import type { NodeId } from "@selvage/core";
import type { Identity } from "@selvage/identity";

import type { Role } from "../roles.ts";

/** What the primary suffers: a crash, a hang, or an orderly leave. */
export const FAULTS = ["kill", "freeze", "close"] as const;

/** One of {@link FAULTS}. */
export type Fault = (typeof FAULTS)[number];

/** Who a provider is and whom it joins. */
export interface ProviderSpec {
  readonly role: Role;
  readonly identity: Identity;
  /** The mesh's pre-shared key. */
  readonly psk: Uint8Array;
  /** Addresses of nodes to join through. */
  readonly peers: readonly string[];
}

/** A provider that runs. */
export interface Provider {
  readonly role: Role;
  readonly nodeId: NodeId;
  readonly address: string;
  /** Its process, unless that is our own. */
  readonly pid: number | undefined;
  /** Ends it at once and without a word, as a crash would. */
  kill(): void;
  /** Keeps it from doing anything until {@link thaw}; nobody is told. */
  freeze(): void;
  thaw(): void;
  /** Has it leave gracefully; resolves when it is gone. */
  close(): Promise<void>;
}

/** Where providers run. */
export interface ProviderHost extends AsyncDisposable {
  /**
   * Starts a provider and resolves once it serves.
   *
   * @throws Error when it cannot, with the reason.
   */
  start(spec: ProviderSpec): Promise<Provider>;
  /** Ends every provider, frozen ones too; resolves when none is left. */
  [Symbol.asyncDispose](): Promise<void>;
}
