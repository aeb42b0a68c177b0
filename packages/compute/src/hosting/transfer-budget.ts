import { ComputeError } from "../errors.ts";

/** How much may be under way at once of what is put together from parts, over all callers. */
export class TransferBudget {
  readonly #maxBytes: number;
  #bytes = 0;

  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes;
  }

  /**
   * Takes a share; disposing gives it back.
   *
   * @throws {@link ComputeError} with kind `state-too-large` for more than there ever is, `buffer-full`
   * for more than is left.
   */
  take(bytes: number): Disposable {
    const limit = `${this.#maxBytes} bytes may be under way at once`;
    if (bytes > this.#maxBytes) {
      throw new ComputeError("state-too-large", `${bytes} bytes are too many: ${limit}`, {
        delivered: "never",
      });
    }
    if (this.#bytes + bytes > this.#maxBytes) {
      throw new ComputeError("buffer-full", `no room for ${bytes} bytes: ${limit}`, {
        delivered: "never",
      });
    }
    this.#bytes += bytes;
    let isHeld = true;
    return {
      [Symbol.dispose]: () => {
        if (isHeld) this.#bytes -= bytes;
        isHeld = false;
      },
    };
  }
}
