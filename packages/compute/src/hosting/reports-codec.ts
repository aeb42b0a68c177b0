import {
  decodeAckReportsBody,
  decodeReportsBody,
  encodeAckReportsBody,
  encodeReportsBody,
} from "../wire/hosting.gen.ts";
import { decodeAs, wholeField } from "./wire-fields.ts";

/** Something that a member had to hand over, kept at its node until it is acknowledged. */
export interface KeptReport {
  /** One number per node and run of it. */
  readonly id: number;
  readonly report: Uint8Array;
}

/** The answer to `reports`. */
export function encodeReports(reports: readonly KeptReport[]): Uint8Array {
  return encodeReportsBody({ reports });
}

/** @throws {@link ComputeError} with kind `bad-command`. */
export function decodeReports(bytes: Uint8Array): readonly KeptReport[] {
  return decodeAs("reports", bytes, decodeReportsBody).reports.map(({ id, report }) => ({
    id: wholeField("id", id, 1),
    report,
  }));
}

/** The payload of `ack-reports`. */
export function encodeReportIds(ids: readonly number[]): Uint8Array {
  return encodeAckReportsBody({ ids });
}

/** @throws {@link ComputeError} with kind `bad-command`. */
export function decodeReportIds(payload: Uint8Array): readonly number[] {
  return decodeAs("report ids", payload, decodeAckReportsBody).ids;
}
