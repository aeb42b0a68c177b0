import type { ByteWriter } from "../packet/bytes-io.ts";
import type { LooseFrame } from "../session/egress.ts";
import { RELAY_LIMIT_BYTES, type RelayLimit, writeRelayLimit } from "./relay-frames.ts";

/** Word that packets are too large for the way: said once, since the next such packet says it again. */
export class RelayLimitFrame implements LooseFrame {
  readonly bytes: number = RELAY_LIMIT_BYTES;
  readonly #limit: RelayLimit;

  constructor(limit: RelayLimit) {
    this.#limit = limit;
  }

  write(out: ByteWriter): void {
    writeRelayLimit(out, this.#limit);
  }
}
