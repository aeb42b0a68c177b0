import { type ChildProcess, spawn } from "node:child_process";
import path from "node:path";

/** Where systems put servers that are not in everybody's PATH. */
const MORE_FOLDERS = ["/usr/local/sbin", "/usr/sbin"];
/** How long the server may take until it listens, in milliseconds. */
const START_MS = 10_000;

/** Why there are no figures of NATS on this machine, if so. */
export const NO_NATS_SERVER = "there is no nats-server in the PATH";

/** A server of its own, which ends with this process. */
export interface NatsServer {
  /** `host:port`. */
  readonly address: string;
}

/** Starts a server at a free port of the loopback interface. Throws Error where there is none. */
export async function startNatsServer(): Promise<NatsServer> {
  const folders = [process.env["PATH"], ...MORE_FOLDERS].filter((each) => each !== undefined);
  const server = spawn("nats-server", ["--addr", "127.0.0.1", "--port", "-1"], {
    stdio: ["ignore", "ignore", "pipe"],
    env: { ...process.env, PATH: folders.join(path.delimiter) },
  });
  process.once("exit", () => server.kill("SIGKILL"));
  return { address: await addressOf(server) };
}

/** Reads in its log where it listens. */
function addressOf(server: ChildProcess): Promise<string> {
  return new Promise((resolve, reject) => {
    const fail = (reason: string): void => reject(new Error(reason));
    const timer = setTimeout(
      () => fail(`nats-server did not listen within ${START_MS} ms`),
      START_MS,
    );
    let log = "";
    server.stderr?.setEncoding("utf8").on("data", (text: string) => {
      log = (log + text).slice(-2_000);
      const [, address] = /Listening for client connections on (\S+)\n/u.exec(log) ?? [];
      if (address === undefined) return;
      clearTimeout(timer);
      resolve(address);
    });
    server.once("error", (error) => {
      clearTimeout(timer);
      fail("code" in error && error.code === "ENOENT" ? NO_NATS_SERVER : error.message);
    });
    server.once("exit", (code, signal) => {
      clearTimeout(timer);
      fail(`nats-server ended with ${signal ?? code}`);
    });
  });
}
