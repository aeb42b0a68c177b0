import type { ReplyMessage, RequestMessage } from "./protocol.ts";

/** Answers the requests of the parent process one by one, and ends with it. */
export function answerRequests(handle: (request: RequestMessage) => Promise<unknown>): void {
  process.on("message", (request: RequestMessage) => {
    handle(request).then(
      (value) => reply({ ok: true, value }),
      (error: unknown) => reply({ ok: false, reason: reasonOf(error) }),
    );
  });
  process.on("disconnect", () => process.exit(0));
}

function reply(message: ReplyMessage): void {
  process.send?.(message);
}

/** The first line: what is missing or broken, without the stack of requires behind it. */
function reasonOf(error: unknown): string {
  const text = error instanceof Error ? error.message : String(error);
  return text.split("\n")[0] ?? text;
}
