import { latencyFigures, type MeasuredLoad, rateFigure } from "../../processes/measured-load.ts";
import { BULK_BYTES } from "./messages.ts";

/** 64 bytes there and back on an open stream, one at a time. */
export const roundTrips: MeasuredLoad = {
  load: "roundTrips",
  of: "RoundTrip",
  counted: "round trip",
  figures: (result) => latencyFigures(result, "roundTrip", "roundTripP99"),
};

/** The same with a stream of its own for each. */
export const requests: MeasuredLoad = {
  load: "requests",
  of: "Request",
  counted: "request",
  figures: (result) => latencyFigures(result, "request", "requestP99"),
};

/** 64 bytes at a time, one way, counted by the receiver. */
export const messages: MeasuredLoad = {
  load: "messages",
  of: "Messages",
  counted: "message",
  figures: (result) => [rateFigure(result, "messages", "messages/s")],
};

/** 1 MiB at a time, one way, counted by the receiver. */
export const bulk: MeasuredLoad = {
  load: "bulk",
  of: "Bulk",
  counted: "MiB",
  figures: (result) => [rateFigure(result, "bulk", "MB/s", BULK_BYTES / 1e6)],
};
