import { answerRequests } from "./answer-requests.ts";
import type { Loads } from "./load.ts";
import type { LoadRequest, RequestMessage, StartRequest } from "./protocol.ts";
import { UsageMeter } from "./usage-meter.ts";

/** Both ends of a contestant; each process runs one of them. */
export interface Ends {
  /** Starts what servers and clients meet through, where there is such a thing; see the next. */
  readonly startBroker?: (() => Promise<object>) | undefined;
  /**
   * Serves, and answers how to be found; sent to the other process. Where there are several
   * servers, each gets what those before it answered, and the broker before them.
   */
  readonly startServer: (endpoint: never) => Promise<object>;
  /** Connects to what was answered, and answers what it can be asked to do. */
  readonly startClient: (endpoint: never) => Promise<Loads>;
}

/** Loads the ends of a contestant: only then are the packages loaded that it needs. */
export type EndsByContestant = Readonly<Record<string, () => Promise<Ends>>>;

/** Serves the requests of the parent process, and ends with it. */
export function serveRequests(contestants: EndsByContestant): void {
  const meter = new UsageMeter();
  let loads: Loads | undefined;

  async function start({ contestant, role, endpoint }: StartRequest): Promise<object | undefined> {
    const loadEnds = contestants[contestant];
    if (loadEnds === undefined) throw new RangeError(`there is no contestant "${contestant}"`);
    const ends = await loadEnds();
    if (role === "broker") return await ends.startBroker?.();
    if (role === "server") return await ends.startServer(endpoint as never);
    loads = await ends.startClient(endpoint as never);
    return undefined;
  }

  function run({ load, ms }: LoadRequest): Promise<object> {
    if (loads === undefined) throw new Error("only a client is put under load");
    const named = loads[load];
    if (named === undefined) throw new RangeError(`there is no load "${load}"`);
    return named(ms);
  }

  async function handle(request: RequestMessage): Promise<object | undefined> {
    if (request.kind === "start") return await start(request);
    if (request.kind === "usage") return meter.stop();
    if (request.kind === "watch") {
      meter.start();
      return undefined;
    }
    if (request.kind === "figures") throw new RangeError("this is not alone");
    return await run(request);
  }

  answerRequests(handle);
}
