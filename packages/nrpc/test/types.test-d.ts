/** Compiled by `typecheck`; nothing here runs. */
import { defineService, type RpcClient, type RpcServer } from "../src/index.ts";
import { numberAsText, person, text } from "./schemas.ts";

declare const client: RpcClient;
declare const server: RpcServer;

const greet = defineService({ name: "greet", input: person, output: text });
const double = defineService({ name: "double", input: numberAsText, output: numberAsText });

// What a caller passes in and gets back.
void client.callService(greet, { name: "Ada" }).then((answer) => answer satisfies string);
// @ts-expect-error The request does not match the contract.
void client.callService(greet, { nickname: "Ada" });
// @ts-expect-error Nor does none at all.
void client.callService(greet, undefined);

// A schema that transforms: callers write its input and read its output.
void client.callService(double, "21").then((answer) => answer satisfies number);
// @ts-expect-error The caller's side of the schema is text.
void client.callService(double, 21);

// Handlers read the schema's output and answer the input of the other one.
server.serve(greet, ({ name }) => `hello ${name}`);
server.serve(double, (value) => String(2 * value));
server.serve(double, async (value, context) => {
  context.signal satisfies AbortSignal;
  context.remainingMs() satisfies number;
  return await Promise.resolve(String(2 * value));
});
// @ts-expect-error The answer does not match the contract.
server.serve(greet, ({ name }) => name.length);
// @ts-expect-error The handler's side of the schema is a number.
server.serve(double, (value: string) => value);

// Bare names are untyped, in both directions.
// @ts-expect-error What comes back may be anything.
void client.callService("greet", { any: "thing" }).then((answer) => answer satisfies string);
// @ts-expect-error What comes in may be anything, too.
server.serve("greet", (request) => request satisfies string);
server.serve("greet", (request) => request);

// Options are checked.
void client.callService(
  greet,
  { name: "Ada" },
  { policy: "round-robin", retry: { maxAttempts: 2 } },
);
// @ts-expect-error No such policy.
void client.callService(greet, { name: "Ada" }, { policy: "whoever" });
// @ts-expect-error A pinned call never moves: it has nothing to retry.
void client.callNode("" as never, greet, { name: "Ada" }, { retry: true });

// The shape of a contract says what is passed in and comes back.
const upTo = defineService({ name: "up-to", shape: "server-stream", input: person, output: text });
const join = defineService({ name: "join", shape: "client-stream", input: text, output: text });
const talk = defineService({ name: "talk", shape: "bidirectional", input: text, output: text });
client.callService(upTo, { name: "Ada" }) satisfies AsyncIterable<string>;
void (client.callService(join, ["a", "b"]) satisfies Promise<string>);
client.callService(talk, ["a"]) satisfies AsyncIterable<string>;
// @ts-expect-error One request is not many.
void client.callService(join, { name: "Ada" });
// @ts-expect-error Many responses are not one.
void client.callService(upTo, { name: "Ada" }).then(() => {});
server.serve(upTo, function* ({ name }) {
  yield name;
});
server.serve(join, async (requests) => {
  let all = "";
  for await (const request of requests) all += request;
  return all;
});
server.serve(talk, (requests) => requests);
// @ts-expect-error A stream must be answered by one.
server.serve(upTo, () => 7);
client.client(talk)(["a"]) satisfies AsyncIterable<string>;
void client
  .client(greet)({ name: "Ada" })
  .then((answer) => answer satisfies string);
