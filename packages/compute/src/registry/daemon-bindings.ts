import { copyBytes, fromHex, fromUtf8, type NodeId, parseNodeId, toHex, utf8 } from "@selvage/core";

import { MAX_BINDING_TOKEN_BYTES, MAX_BINDINGS, MAX_CHANNEL_NAME_BYTES } from "../defaults.ts";
import { ComputeError } from "../errors.ts";
import { ByteReader } from "../wire/byte-reader.ts";
import { ByteWriter } from "../wire/byte-writer.ts";

/** A channel that a daemon listens to. */
export interface SubscriptionBinding {
  readonly publisher: NodeId;
  readonly channel: string;
  /** The permission to listen, opaque here. */
  readonly token?: Uint8Array | undefined;
}

const NODE_ID_BYTES = 16;
/** A publisher, a length, a name of one byte, and the flag of the token. */
const MIN_BINDING_BYTES = 20;

/** What a daemon listens to, so that it can be bound again wherever it goes; one entry per channel. */
export class DaemonBindings implements Iterable<SubscriptionBinding> {
  readonly #bindings = new Map<string, SubscriptionBinding>();

  get size(): number {
    return this.#bindings.size;
  }

  /**
   * Notes a binding; one of the same publisher and channel is replaced. The token is copied.
   *
   * @throws RangeError for a name that is empty, longer than {@link MAX_CHANNEL_NAME_BYTES} or has
   * control characters, and for a token longer than {@link MAX_BINDING_TOKEN_BYTES}.
   * @throws {@link ComputeError} with kind `buffer-full` beyond {@link MAX_BINDINGS}.
   */
  record({ publisher, channel, token }: SubscriptionBinding): void {
    if (!isChannelName(channel)) {
      throw new RangeError(
        `channel must have 1 to ${MAX_CHANNEL_NAME_BYTES} bytes and no control characters`,
      );
    }
    if (token !== undefined && token.length > MAX_BINDING_TOKEN_BYTES) {
      throw new RangeError(
        `token must have at most ${MAX_BINDING_TOKEN_BYTES} bytes, got ${token.length}`,
      );
    }
    const key = keyOf(publisher, channel);
    if (!this.#bindings.has(key) && this.#bindings.size >= MAX_BINDINGS) {
      throw new ComputeError("buffer-full", `there are ${MAX_BINDINGS} bindings already`);
    }
    this.#bindings.set(
      key,
      Object.freeze({ publisher, channel, token: token && copyBytes(token) }),
    );
  }

  /** Removes a binding; `false` if there was none. */
  remove(publisher: NodeId, channel: string): boolean {
    return this.#bindings.delete(keyOf(publisher, channel));
  }

  has(publisher: NodeId, channel: string): boolean {
    return this.#bindings.has(keyOf(publisher, channel));
  }

  [Symbol.iterator](): IterableIterator<SubscriptionBinding> {
    return this.#bindings.values();
  }

  /** All of it in bytes; none where there are no bindings. */
  encode(): Uint8Array {
    const writer = new ByteWriter();
    if (this.size === 0) return writer.finish();
    writer.u32(this.size);
    for (const { publisher, channel, token } of this) {
      const name = utf8(channel);
      writer.bytes(fromHex(publisher)).u16(name.length).bytes(name);
      if (token === undefined) writer.u8(0);
      else writer.u8(1).u16(token.length).bytes(token);
    }
    return writer.finish();
  }

  /**
   * Reads what {@link encode} wrote.
   *
   * @throws {@link ComputeError} with kind `bad-bindings`.
   */
  static decode(bytes: Uint8Array): DaemonBindings {
    const bindings = new DaemonBindings();
    if (bytes.length === 0) return bindings;
    const reader = new ByteReader("bad-bindings", bytes);
    const count = reader.items("bindings", MAX_BINDINGS, MIN_BINDING_BYTES);
    for (let i = 0; i < count; i++) {
      const publisher = parseNodeId(toHex(reader.bytes(NODE_ID_BYTES)));
      bindings.record({ publisher, channel: readName(reader), token: readToken(reader) });
    }
    reader.end();
    if (bindings.size !== count) reader.fail("inconsistent", "a binding comes twice");
    return bindings;
  }
}

function readName(reader: ByteReader): string {
  const bytes = reader.bytes(reader.u16());
  let name = "";
  try {
    name = fromUtf8(bytes);
  } catch {
    reader.fail("inconsistent", "a channel name is no UTF-8");
  }
  if (!isChannelName(name)) reader.fail("limit", "a channel name is none");
  return name;
}

function readToken(reader: ByteReader): Uint8Array | undefined {
  const flag = reader.u8();
  if (flag > 1) reader.fail("inconsistent", `${flag} does not say whether there is a token`);
  if (flag === 0) return undefined;
  const length = reader.u16();
  if (length > MAX_BINDING_TOKEN_BYTES) reader.fail("limit", `a token has ${length} bytes`);
  return reader.bytes(length);
}

function isChannelName(name: string): boolean {
  return !/^$|\p{Cc}|\p{Surrogate}/u.test(name) && utf8(name).length <= MAX_CHANNEL_NAME_BYTES;
}

function keyOf(publisher: NodeId, channel: string): string {
  return `${publisher}${channel}`;
}
