import { parseVersion } from "./contract.ts";
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
}

/** The capability tag by which providers of a service are found. */
export function serviceTag(name: string): string {
  return `nrpc:${name}`;
}

/** The metadata key under which a provider describes a service. */
export function serviceKey(name: string): string {
  return `nrpc::${name}`;
}

/** The metadata value of an offer: version, priority and weight. */
export function formatOffer({ version, priority, weight }: ServiceOffer): string {
  return `${version};p=${priority};w=${weight}`;
}

/** Reads an offer; what a provider leaves out or garbles has its default. */
export function parseOffer(name: string, value: string | undefined): ServiceOffer {
  const [version = "", ...fields] = (value ?? "").split(";");
  const field = (key: string): number => {
    const text = fields.find((part) => part.startsWith(`${key}=`));
    return text === undefined ? Number.NaN : Number(text.slice(key.length + 1));
  };
  const priority = field("p");
  const weight = field("w");
  return {
    name,
    version: isVersion(version) ? version : "1.0",
    priority: Number.isSafeInteger(priority) && priority >= 0 ? priority : DEFAULT_PRIORITY,
    weight: Number.isFinite(weight) && weight > 0 && weight <= 1_000 ? weight : DEFAULT_WEIGHT,
  };
}

function isVersion(text: string): boolean {
  try {
    parseVersion(text);
    return true;
  } catch {
    return false;
  }
}
