import type { Metadata } from "../metadata.ts";
import type { SortedTags } from "../sorted-tags.ts";
import { checkDistinct } from "./distinct.ts";
import { flag, list, requiredText, text, wholeNumber } from "./field.ts";
import { type Fields, type Given, readRecord, writeRecord } from "./record.ts";
import { scanRows } from "./scan.ts";

/** A tool that a node offers; what it does not say is 0 or empty. */
export interface ToolCapability {
  /** What tells it from the other tools of the node; never empty. */
  readonly toolId: string;
  readonly name: string;
  /** `1.0.0` unless said otherwise; never empty. */
  readonly version: string;
  /** What it needs, by names without a comma. */
  readonly requires: readonly string[];
  /** In milliseconds. */
  readonly estimatedTimeMs: number;
  /** Whether every call stands alone; true unless said otherwise. */
  readonly stateless: boolean;
  /** JSON Schema of what it takes, as text; not looked into here. */
  readonly inputSchema: string;
  /** JSON Schema of what it gives, as text; not looked into here. */
  readonly outputSchema: string;
}

/** A {@link ToolCapability} as it is given to a set: what is left out goes without saying. */
export interface ToolConfig extends Omit<Given<ToolCapability>, "toolId"> {
  readonly toolId: string;
}

/** How a tool is written, after {@link TOOLS_START} and its number. */
export const toolFields: Fields<Omit<ToolCapability, "inputSchema" | "outputSchema">> = {
  toolId: requiredText("tool_id"),
  name: text("name"),
  version: requiredText("version", "1.0.0"),
  requires: list("requires"),
  estimatedTimeMs: wholeNumber("estimated_time_ms", Number.MAX_SAFE_INTEGER),
  stateless: flag("stateless", { unsaid: true, always: true }),
};

/** How every tag of a tool begins. */
export const TOOLS_START = "software.tool.";

/** How the keys of what tools have in the metadata begin: schemas are too long for tags. */
const METADATA_START = "tool::";

/** Whether a tag says something of the tools. */
export function isToolTag(tag: string): boolean {
  return tag.startsWith(TOOLS_START);
}

/** Whether a metadata key is of what tools have there. */
export function isToolKey(key: string): boolean {
  return key.startsWith(METADATA_START);
}

/** The tags of tools, numbered in their order. */
export function writeTools(tools: readonly ToolConfig[]): string[] {
  checkDistinct(
    "tools",
    tools.map(({ toolId }) => toolId),
  );
  return tools.flatMap((tool, i) =>
    writeRecord(toolFields, tool, `${TOOLS_START}${i}.`, `tools[${i}]`),
  );
}

/** What tools have in the metadata. */
export function writeToolMetadata(tools: readonly ToolConfig[]): [key: string, text: string][] {
  const entries = tools.flatMap(({ toolId, inputSchema = "", outputSchema = "" }) => [
    [inputKey(toolId), inputSchema] as [string, string],
    [outputKey(toolId), outputSchema] as [string, string],
  ]);
  return entries.filter(([, text]) => text !== "");
}

/** The tools that tags and metadata tell of; what has no id is none. */
export function readTools(tags: SortedTags, metadata: Metadata): readonly ToolCapability[] {
  const tools = scanRows(tags, TOOLS_START)
    .map((values) => readRecord(toolFields, values))
    .filter(({ toolId }) => toolId !== "");
  return Object.freeze(
    tools.map((tool) =>
      Object.freeze({
        ...tool,
        inputSchema: metadata.get(inputKey(tool.toolId)) ?? "",
        outputSchema: metadata.get(outputKey(tool.toolId)) ?? "",
      }),
    ),
  );
}

/** The metadata keys of a tool. */
export function toolKeys(toolId: string): readonly string[] {
  return [inputKey(toolId), outputKey(toolId)];
}

function inputKey(toolId: string): string {
  return `${METADATA_START}${toolId}::input_schema`;
}

function outputKey(toolId: string): string {
  return `${METADATA_START}${toolId}::output_schema`;
}
