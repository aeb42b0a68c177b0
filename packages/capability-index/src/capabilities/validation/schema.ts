import type { Axis } from "../../tags/tag.ts";
import type { ValueType } from "../projections/field.ts";
import { gpuFields, hardwareFields } from "../projections/hardware.ts";
import { limitsFields } from "../projections/limits.ts";
import { modelFields } from "../projections/models.ts";
import { valueTypes } from "../projections/record.ts";
import { namedVersions, softwareFields } from "../projections/software.ts";
import { toolFields } from "../projections/tools.ts";

/** Value types by key. */
export type KeyTypes = Readonly<Record<string, ValueType>>;

/** Things of which there are several, each under a number: `<prefix><number>.<key>`. */
export interface NumberedKeys {
  readonly keys: KeyTypes;
  /** Whether `<prefix><number>` is a tag without a value; default false. */
  readonly present?: boolean | undefined;
  /**
   * Whether the prefix is also that of other keys, so that what is no number is taken for an unknown
   * key, not for a wrong number; default false.
   */
  readonly shared?: boolean | undefined;
}

/** What tags of one axis can say. */
export interface AxisKeys {
  /** Keys as they are. */
  readonly fixed: KeyTypes;
  /** Prefixes of keys that end in any name, each with its dot. */
  readonly named: KeyTypes;
  /** By prefix, with its dot. */
  readonly numbered: Readonly<Record<string, NumberedKeys>>;
}

/** What tags can say: what {@link validateCapabilities} compares with. */
export type AxisSchema = Readonly<Record<Axis, AxisKeys>>;

const NO_KEYS: AxisKeys = { fixed: {}, named: {}, numbered: {} };

/** The keys that this package writes and reads. */
export const AXIS_SCHEMA: AxisSchema = {
  hardware: {
    fixed: {
      ...valueTypes(hardwareFields),
      gpu: "presence",
      ...valueTypes(gpuFields, "gpu."),
      ...valueTypes(limitsFields, "limits."),
    },
    named: {},
    numbered: { "gpu.": { keys: valueTypes(gpuFields), present: true, shared: true } },
  },
  software: {
    fixed: valueTypes(softwareFields),
    named: {
      [namedVersions.runtimes]: "string",
      [namedVersions.frameworks]: "string",
      [namedVersions.drivers]: "string",
    },
    numbered: {
      "model.": { keys: valueTypes(modelFields) },
      "tool.": { keys: valueTypes(toolFields) },
    },
  },
  devices: NO_KEYS,
  dataforts: NO_KEYS,
};
