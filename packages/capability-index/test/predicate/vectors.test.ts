import { describe, expect, test } from "vitest";

import {
  CapabilitySet,
  decodePredicate,
  encodePredicate,
  matchesPredicate,
  tracePredicate,
  WHERE_HEADER,
} from "../../src/index.ts";
import { readSharedVectors } from "../shared-vectors.ts";

interface EvalVectors {
  readonly abi_version_expected: number;
  readonly cases: readonly {
    readonly name: string;
    readonly wire: unknown;
    readonly tags: readonly string[];
    readonly metadata: Readonly<Record<string, string>>;
    readonly expected: boolean;
  }[];
}

interface EnvelopeVectors {
  readonly abi_version_expected: number;
  readonly header_name: string;
  readonly cases: readonly { readonly name: string; readonly wire: unknown }[];
}

const evaluations = readSharedVectors("predicate_eval.json") as EvalVectors | undefined;
const envelopes = readSharedVectors("predicate_nrpc_envelope.json") as EnvelopeVectors | undefined;

describe.runIf(evaluations !== undefined)("published evaluations", () => {
  test("are of the version known", () => {
    expect(evaluations?.abi_version_expected).toBe(1);
  });

  test.each(evaluations?.cases ?? [])("$name", ({ wire, tags, metadata, expected }) => {
    const set = CapabilitySet.from({ tags, metadata });
    const predicate = decodePredicate(wire);
    expect(matchesPredicate(predicate, set)).toBe(expected);
    expect(tracePredicate(predicate, set).result).toBe(expected);
  });
});

describe.runIf(envelopes !== undefined)("published envelopes", () => {
  test("are of the version known", () => {
    expect(envelopes?.abi_version_expected).toBe(2);
    expect(envelopes?.header_name).toBe(WHERE_HEADER);
  });

  test.each(envelopes?.cases ?? [])("$name", ({ wire }) => {
    expect(encodePredicate(decodePredicate(wire))).toEqual(wire);
  });
});
