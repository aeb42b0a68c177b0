import { isVersion } from "./contract.ts";
import { DEFAULT_PRIORITY, DEFAULT_WEIGHT } from "./defaults.ts";

/** What a provider says of a service in its announcement. */
export interface ServiceOffer {
  readonly name: string;
  /** `major.minor`. */
  readonly version: string;
  /** Lower classes are used first. */
  readonly priority: number;
  /** Share of calls within the class. */
  readonly weight: number;
  /** Tells whether two ends have the same schemas; 16 hexadecimal digits. */
  readonly schemaHash?: string | undefined;
}

/** The capability tag by which providers of a service are found. */
export function serviceTag(name: string): string {
  return `nrpc:${name}`;
}

/** The metadata key under which a provider describes a service. */
export function serviceKey(name: string): string {
  return `nrpc::${name}`;
}

/** The metadata value of an offer: version, priority, weight and, if there is one, schema hash. */
export function formatOffer({ version, priority, weight, schemaHash }: ServiceOffer): string {
  const schema = schemaHash === undefined ? "" : `;s=${schemaHash}`;
  return `${version};p=${priority};w=${weight}${schema}`;
}

/** Reads an offer; what a provider leaves out or garbles has its default. */
export function parseOffer(name: string, value: string | undefined): ServiceOffer {
  const [version = "", ...fields] = (value ?? "").split(";");
  const field = (key: string): string | undefined =>
    fields.find((part) => part.startsWith(`${key}=`))?.slice(key.length + 1);
  const priority = Number(field("p") ?? Number.NaN);
  const weight = Number(field("w") ?? Number.NaN);
  const schemaHash = field("s");
  return {
    name,
    version: isVersion(version) ? version : "1.0",
    priority: Number.isSafeInteger(priority) && priority >= 0 ? priority : DEFAULT_PRIORITY,
    weight: Number.isFinite(weight) && weight > 0 && weight <= 1_000 ? weight : DEFAULT_WEIGHT,
    schemaHash: /^[0-9a-f]{16}$/.test(schemaHash ?? "") ? schemaHash : undefined,
  };
}
