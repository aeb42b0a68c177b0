/** The command: reads what is asked for, plays the story, and says by its exit code how it ended. */
import { systemClock } from "@selvage/core";
import { createMesh, generatePsk } from "@selvage/mesh";

import { acceptance } from "./acceptance.ts";
import { endOnSignals } from "./end-on-signals.ts";
import { LoopDelayMeter } from "./loop-delay.ts";
import { type DemoOptions, parseOptions, USAGE, UsageError } from "./options.ts";
import { InProcessHost } from "./providers/in-process-host.ts";
import { ProcessHost } from "./providers/process-host.ts";
import { Story, type StoryOutcome } from "./story.ts";
import { readText, type SourceText } from "./text-source.ts";
import { LiveView } from "./view/live.ts";
import { PlainView } from "./view/plain.ts";
import type { View } from "./view/view.ts";

async function main(args: readonly string[]): Promise<number> {
  try {
    const options = parseOptions(args);
    if (options.help) {
      process.stdout.write(USAGE);
      return 0;
    }
    return await play(options, await readText(options.file));
  } catch (error) {
    if (error instanceof UsageError) {
      process.stderr.write(`error: ${error.message}\n\n${USAGE}`);
      return 2;
    }
    process.stderr.write(`error: ${error instanceof Error ? error.message : String(error)}\n`);
    return 1;
  }
}

async function play(options: DemoOptions, source: SourceText): Promise<number> {
  const host = options.inProcess ? new InProcessHost() : new ProcessHost();
  const signals = endOnSignals(() => host[Symbol.asyncDispose]());
  // Nobody reads on: the other end of the pipe has seen enough.
  process.stdout.once("error", () => process.exit(1));
  const view = createView(options, source);
  process.once("exit", () => {
    view.close();
    if (host instanceof ProcessHost) host.killAll();
  });
  const psk = generatePsk();
  const caller = await createMesh({ psk });
  try {
    const { fault, mode, calls } = options;
    const story = new Story(
      {
        caller,
        host,
        psk,
        clock: systemClock,
        loopDelay: new LoopDelayMeter(),
        tell: (event) => view.show(event),
      },
      { text: source.text, fault, mode, calls },
    );
    const outcome = await story.run();
    const criteria = acceptance(outcome);
    view.end(criteria);
    if (options.json) process.stdout.write(`${JSON.stringify(outcome.report)}\n`);
    return exitCodeOf(
      options,
      outcome,
      criteria.every(({ isMet }) => isMet),
    );
  } finally {
    view.close();
    await caller.close();
    await host[Symbol.asyncDispose]();
    signals[Symbol.dispose]();
  }
}

/** Without retries the story is told to show what goes wrong: then that is no failure of it. */
function exitCodeOf(
  { mode }: DemoOptions,
  { hasReturned }: StoryOutcome,
  isAccepted: boolean,
): number {
  return mode === "plain" || (isAccepted && hasReturned) ? 0 : 1;
}

function createView({ fault, mode, calls, json }: DemoOptions, source: SourceText): View {
  const cut = source.isCut ? ", its beginning" : "";
  const title = `Selvage failover demo: ${fault}, ${mode}, ${calls} calls (${source.origin}${cut})`;
  if (json) return new PlainView(process.stderr, title);
  const { stdout } = process;
  return stdout.isTTY && process.env["TERM"] !== "dumb"
    ? new LiveView(stdout, { title, calls })
    : new PlainView(stdout, title);
}

process.exitCode = await main(process.argv.slice(2));
