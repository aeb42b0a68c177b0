import { cancelReply, type Reply } from "./reply.ts";

/**
 * The answers that begin during one call, of which one at most is handed over. Between an answer's
 * beginning and that, the caller may leave or another attempt win: then nobody would end it.
 */
export class BegunReplies {
  readonly #begun: Reply[] = [];
  #isOver = false;

  /** The reply of an attempt, which is cancelled if it comes too late. */
  async watch(attempt: Promise<Reply>): Promise<Reply> {
    const reply = await attempt;
    if (this.#isOver) cancelReply(reply);
    else this.#begun.push(reply);
    return reply;
  }

  /** The call goes on with `taken`, or has failed; all others are cancelled. */
  end(taken?: Reply): void {
    this.#isOver = true;
    for (const reply of this.#begun) if (reply !== taken) cancelReply(reply);
  }
}
