import { CapabilityError } from "../errors.ts";
import { AXES } from "../tags/tag.ts";
import type { PredicateFault } from "./fault.ts";
import type { TagKey } from "./predicate.ts";

/** Takes typed fields out of received JSON; what is not as expected is thrown as `bad-predicate`. */
export class NodeReader {
  readonly #fields: Readonly<Record<string, unknown>>;
  readonly #name: string;

  private constructor(fields: Readonly<Record<string, unknown>>, name: string) {
    this.#fields = fields;
    this.#name = name;
  }

  /** Reads the fields of `value`, which messages call `name`. */
  static of(value: unknown, name: string): NodeReader {
    if (isRecord(value)) return new NodeReader(value, name);
    throw badPredicate("bad-node", `${name} is no object`);
  }

  text(field: string): string {
    const value = this.#get(field);
    if (typeof value === "string") return value;
    throw this.fault("bad-node", `needs a text as "${field}"`);
  }

  /** A number that JSON can carry: `1e999` is read as infinite, and refused. */
  number(field: string): number {
    const value = this.#get(field);
    if (typeof value === "number" && Number.isFinite(value)) return value;
    throw this.fault("bad-node", `needs a finite number as "${field}"`);
  }

  list(field: string): readonly unknown[] {
    const value = this.#get(field);
    if (Array.isArray(value)) return value;
    throw this.fault("bad-node", `needs a list as "${field}"`);
  }

  index(field: string): number {
    return this.#index(this.#get(field), field);
  }

  indices(field: string): readonly number[] {
    return this.list(field).map((value) => this.#index(value, field));
  }

  tagKey(field: string): TagKey {
    const key = NodeReader.of(this.#get(field), `"${field}" of ${this.#name}`);
    const name = key.text("axis");
    const axis = AXES.find((axis) => axis === name);
    if (axis === undefined)
      throw key.fault("bad-axis", `needs one of ${AXES.join(", ")} as "axis"`);
    return Object.freeze({ axis, key: key.text("key") });
  }

  /** An error about this object. Texts from elsewhere are kept out of messages. */
  fault(reason: PredicateFault, message: string): CapabilityError {
    return badPredicate(reason, `${this.#name} ${message}`);
  }

  #index(value: unknown, field: string): number {
    if (typeof value === "number" && Number.isSafeInteger(value) && value >= 0) return value;
    throw this.fault("bad-index", `needs whole numbers of at least 0 in "${field}"`);
  }

  #get(field: string): unknown {
    return Object.hasOwn(this.#fields, field) ? this.#fields[field] : undefined;
  }
}

/** Says that a received predicate cannot be read, and why. */
export function badPredicate(
  reason: PredicateFault,
  message: string,
  options: { readonly cause?: unknown } = {},
): CapabilityError {
  return new CapabilityError("bad-predicate", message, { ...options, reason });
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
