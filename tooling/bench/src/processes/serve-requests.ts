import { type Call, runClosedLoop } from "./closed-loop.ts";
import type { ReplyMessage, RequestMessage, StartRequest } from "./protocol.ts";
import { UsageMeter } from "./usage-meter.ts";

/** Both ends of a contestant; each process runs one of them. */
export interface Ends {
  /** Serves, and answers how to be found; sent to the other process. */
  readonly startServer: () => Promise<object>;
  /** Connects to what the own server answered, and makes the first call. */
  readonly startClient: (endpoint: never) => Promise<Call>;
}

/** Loads the ends of a contestant: only then are the packages loaded that it needs. */
export type EndsByContestant = Readonly<Record<string, () => Promise<Ends>>>;

/** Serves the requests of the parent process, and ends with it. */
export function serveRequests(contestants: EndsByContestant): void {
  const meter = new UsageMeter();
  let call: Call | undefined;

  async function start({ contestant, role, endpoint }: StartRequest): Promise<object | undefined> {
    const load = contestants[contestant];
    if (load === undefined) throw new RangeError(`there is no contestant "${contestant}"`);
    const ends = await load();
    if (role === "server") return await ends.startServer();
    call = await ends.startClient(endpoint as never);
    return undefined;
  }

  async function handle(request: RequestMessage): Promise<object | undefined> {
    if (request.kind === "start") return await start(request);
    if (request.kind === "usage") return meter.stop();
    if (request.kind === "watch") {
      meter.start();
      return undefined;
    }
    if (call === undefined) throw new Error("only a client makes calls");
    return await runClosedLoop(call, request);
  }

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
