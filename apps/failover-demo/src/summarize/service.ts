import { defineService, type ServiceContract } from "@selvage/nrpc";
import type { StandardSchemaV1 } from "@standard-schema/spec";

import { isRole, type Role } from "../roles.ts";

/** What is asked of a provider. */
export interface SummarizeRequest {
  readonly text: string;
  /** How many sentences to pick; 1 to 100. */
  readonly sentences: number;
}

/** What it answers. */
export interface SummarizeResponse {
  /** Who answered: how the two are told apart. */
  readonly provider: Role;
  /** Sentences of the text, in its order. */
  readonly sentences: readonly string[];
}

/**
 * The capability that both providers offer. Summing up a text twice does no harm, and saying so
 * (`idempotent`) is what allows a call to move when its provider is lost half-way.
 */
export const summarizeService: ServiceContract<
  StandardSchemaV1<SummarizeRequest>,
  StandardSchemaV1<SummarizeResponse>
> = defineService({
  name: "summarize",
  input: schema(isRequest, "expected { text, sentences: 1 to 100 }"),
  output: schema(isResponse, "expected { provider, sentences }"),
  idempotent: true,
});

/** Any Standard Schema does; these two are small enough to be written by hand. */
function schema<T>(matches: (value: unknown) => value is T, message: string): StandardSchemaV1<T> {
  return {
    "~standard": {
      version: 1,
      vendor: "failover-demo",
      validate: (value) => (matches(value) ? { value } : { issues: [{ message }] }),
    },
  };
}

function isRequest(value: unknown): value is SummarizeRequest {
  if (typeof value !== "object" || value === null) return false;
  const { text, sentences }: Partial<Record<keyof SummarizeRequest, unknown>> = value;
  return typeof text === "string" && Number.isInteger(sentences) && within(sentences, 1, 100);
}

function isResponse(value: unknown): value is SummarizeResponse {
  if (typeof value !== "object" || value === null) return false;
  const { provider, sentences }: Partial<Record<keyof SummarizeResponse, unknown>> = value;
  return (
    isRole(provider) &&
    Array.isArray(sentences) &&
    sentences.every((sentence) => typeof sentence === "string")
  );
}

function within(value: unknown, low: number, high: number): boolean {
  return typeof value === "number" && value >= low && value <= high;
}
