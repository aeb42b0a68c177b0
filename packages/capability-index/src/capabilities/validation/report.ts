import type { Axis } from "../../tags/tag.ts";
import type { ValueType } from "../projections/field.ts";

/** What is wrong about a tag; names are those that other implementations use. */
export type ValidationError =
  /** A value that is not of the key's type. `actual` is `<no value>` where there is none. */
  | {
      readonly kind: "type_mismatch";
      readonly axis: Axis;
      readonly key: string;
      readonly expected: ValueType;
      readonly actual: string;
    }
  /** Something numbered whose number is none. */
  | {
      readonly kind: "index_malformed";
      readonly axis: Axis;
      readonly prefix: string;
      readonly index: string;
      readonly tag: string;
    }
  /** Not reported by this package: what has no axis is a `legacy_tag`. */
  | { readonly kind: "unknown_axis"; readonly axis_prefix: string; readonly tag: string };

/** What may be meant, and may be a slip. */
export type ValidationWarning =
  | { readonly kind: "unknown_key"; readonly axis: Axis; readonly key: string }
  | { readonly kind: "legacy_tag"; readonly tag: string }
  /** A text by which the node's own scheduler is steered; others do not get to see it. */
  | { readonly kind: "metadata_reserved_key"; readonly key: string }
  | { readonly kind: "metadata_reserved_prefix"; readonly key: string; readonly prefix: string }
  | {
      readonly kind: "metadata_oversize";
      readonly soft_cap_bytes: number;
      readonly actual_bytes: number;
    };

/** What {@link validateCapabilities} found, in the order of the tags and then the metadata. */
export interface ValidationReport {
  readonly errors: readonly ValidationError[];
  readonly warnings: readonly ValidationWarning[];
}

/** Whether a report has no errors. */
export function isReportValid({ errors }: ValidationReport): boolean {
  return errors.length === 0;
}

/** Whether a report has neither errors nor warnings. */
export function isReportClean({ errors, warnings }: ValidationReport): boolean {
  return errors.length === 0 && warnings.length === 0;
}
