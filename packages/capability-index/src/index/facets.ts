import { parseTag } from "../tags/tag.ts";

/**
 * What entries are listed by: a tag; the key of tags with or without a value (`hardware.gpu`); a
 * model's id; a tool's id; or a GPU's make.
 */
export type InvertedList = "tag" | "key" | "model" | "tool" | "gpu-vendor";

/** A list that a tag's entries are part of, besides the list of the tag itself. */
export interface Facet {
  readonly list: Exclude<InvertedList, "tag">;
  readonly key: string;
}

const MODEL_ID = /^model\.[^.]+\.id$/;
const TOOL_ID = /^tool\.[^.]+\.tool_id$/;
const GPU_VENDOR = /^gpu(?:\.[^.]+)?\.vendor$/;

/**
 * The lists that a tag belongs to. They may have entries that do not really belong there, as when a
 * node says two things of one model; never do they lack one.
 */
export function facetsOf(tagText: string): readonly Facet[] {
  const tag = parseTag(tagText);
  if (tag.kind !== "axis-value" && tag.kind !== "axis-present") return NONE;
  const facets: Facet[] = [{ list: "key", key: `${tag.axis}.${tag.key}` }];
  if (tag.kind === "axis-value") {
    const { axis, key, value } = tag;
    if (axis === "software" && MODEL_ID.test(key)) facets.push({ list: "model", key: value });
    if (axis === "software" && TOOL_ID.test(key)) facets.push({ list: "tool", key: value });
    if (axis === "hardware" && GPU_VENDOR.test(key)) {
      facets.push({ list: "gpu-vendor", key: value });
    }
  }
  return facets;
}

const NONE: readonly Facet[] = [];
