import type { Sample } from "../suite.ts";
import type { LoadResult } from "./load.ts";

/**
 * What the command and its child processes say to each other. Each request is answered before the
 * next one is made.
 */
export interface Requests {
  /** Become the server or the client of a contestant, or what they meet through. */
  readonly start: {
    readonly request: StartRequest;
    /** How this one is found; the client answers nothing. */
    readonly reply: object | undefined;
  };
  /** Be busy. */
  readonly load: { readonly request: LoadRequest; readonly reply: LoadResult };
  /** Begin to watch what the process costs. */
  readonly watch: { readonly request: object; readonly reply: undefined };
  /** What it has cost since. */
  readonly usage: { readonly request: object; readonly reply: Usage };
  /** Measure yourself: for contestants of one process. */
  readonly figures: { readonly request: FiguresRequest; readonly reply: readonly Sample[] };
}

/** A kind of request. */
export type RequestKind = keyof Requests;

/** A request as it travels. */
export type RequestMessage = {
  readonly [Kind in RequestKind]: { readonly kind: Kind } & Requests[Kind]["request"];
}[RequestKind];

/** An answer as it travels. */
export type ReplyMessage =
  | { readonly ok: true; readonly value?: unknown }
  | { readonly ok: false; readonly reason: string };

export interface StartRequest {
  readonly contestant: string;
  readonly role: "broker" | "server" | "client";
  /** What those have answered that this one is to find: for a client, its server. */
  readonly endpoint?: unknown;
}

export interface LoadRequest {
  /** One of the client's loads, by name. */
  readonly load: string;
  readonly ms: number;
}

export interface FiguresRequest {
  readonly contestant: string;
  /** Length of each measurement, in milliseconds. */
  readonly ms: number;
}

/** What a process has used while it was watched. */
export interface Usage {
  /** User and system time, in milliseconds. */
  readonly cpuMs: number;
  /** The longest delay of its event loop, in milliseconds. */
  readonly loopDelayMs: number;
}
