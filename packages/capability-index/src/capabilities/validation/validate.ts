import { METADATA_SOFT_CAP_BYTES } from "../../defaults.ts";
import { parseTag } from "../../tags/tag.ts";
import type { CapabilitySet } from "../capability-set.ts";
import { metadataBytes, RESERVED_METADATA_KEYS, RESERVED_METADATA_PREFIXES } from "../metadata.ts";
import { toolKeys } from "../projections/tools.ts";
import { checkAxisTag } from "./check-axis-tag.ts";
import type { ValidationError, ValidationReport, ValidationWarning } from "./report.ts";
import { AXIS_SCHEMA, type AxisSchema } from "./schema.ts";

/**
 * Compares a set with a schema, to find slips in what a node is about to say of itself. What others
 * say is not measured by it.
 */
export function validateCapabilities(
  capabilities: CapabilitySet,
  schema: AxisSchema = AXIS_SCHEMA,
): ValidationReport {
  const errors: ValidationError[] = [];
  const warnings: ValidationWarning[] = [];
  for (const text of capabilities.tags) {
    const tag = parseTag(text);
    if (tag.kind === "reserved") continue;
    if (tag.kind === "legacy") {
      warnings.push({ kind: "legacy_tag", tag: text });
      continue;
    }
    const finding = checkAxisTag(tag, schema[tag.axis]);
    if (finding?.kind === "unknown_key") warnings.push(finding);
    else if (finding !== undefined) errors.push(finding);
  }
  warnings.push(...checkMetadata(capabilities));
  return { errors, warnings };
}

function* checkMetadata({ metadata, tools }: CapabilitySet): Iterable<ValidationWarning> {
  // A prefix is reserved for what tools have there, and so these are where they belong.
  const own = new Set(tools.flatMap(({ toolId }) => toolKeys(toolId)));
  for (const key of metadata.keys()) {
    if (RESERVED_METADATA_KEYS.includes(key)) yield { kind: "metadata_reserved_key", key };
    const prefix = RESERVED_METADATA_PREFIXES.find((prefix) => key.startsWith(prefix));
    if (prefix !== undefined && !own.has(key)) {
      yield { kind: "metadata_reserved_prefix", key, prefix };
    }
  }
  const bytes = metadataBytes(metadata);
  if (bytes > METADATA_SOFT_CAP_BYTES) {
    yield {
      kind: "metadata_oversize",
      soft_cap_bytes: METADATA_SOFT_CAP_BYTES,
      actual_bytes: bytes,
    };
  }
}
