import { LATENCY_BUCKETS_SECONDS, type LatencySnapshot } from "./latency-histogram.ts";
import type { MadeCallMetrics } from "./made-calls.ts";
import type { RpcMetricsSnapshot } from "./rpc-metrics.ts";
import type { ServedCallMetrics } from "./served-calls.ts";

/** One value of a family. */
export interface MetricSample {
  /** What is appended to the family's name: `_bucket`, `_sum` and `_count` of histograms. */
  readonly suffix: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

/** All values of one name, as Prometheus has them. */
export interface MetricFamily {
  /** Of a counter with its `_total`. */
  readonly name: string;
  readonly help: string;
  readonly type: "counter" | "gauge" | "histogram";
  readonly samples: readonly MetricSample[];
}

/** What one family takes from each service. */
interface Column<Row> {
  readonly name: string;
  readonly help: string;
  readonly type: MetricFamily["type"];
  readonly samples: (row: Row) => readonly MetricSample[];
}

type Service = Readonly<{ service: string }>;

const counter = <Row extends Service>(
  name: string,
  help: string,
  read: (row: Row) => number,
): Column<Row> => ({ name, help, type: "counter", samples: (row) => [sample(row, read(row))] });

const gauge = <Row extends Service>(
  name: string,
  help: string,
  read: (row: Row) => number,
): Column<Row> => ({ name, help, type: "gauge", samples: (row) => [sample(row, read(row))] });

const byKind = <Row extends Service>(
  name: string,
  help: string,
  read: (row: Row) => Readonly<Record<string, number>>,
): Column<Row> => ({
  name,
  help,
  type: "counter",
  samples: (row) =>
    Object.entries(read(row)).map(([kind, value]) => ({
      suffix: "",
      labels: { service: row.service, kind },
      value,
    })),
});

const histogram = <Row extends Service>(
  name: string,
  help: string,
  read: (row: Row) => LatencySnapshot,
): Column<Row> => ({
  name,
  help,
  type: "histogram",
  samples: (row) => bucketSamples(row.service, read(row)),
});

const MADE: readonly Column<MadeCallMetrics>[] = [
  counter("calls_total", "Calls made, by service.", (row) => row.total),
  byKind("errors_total", "Calls made that failed, by kind.", (row) => row.failed),
  gauge("in_flight_calls", "Calls made that are under way.", (row) => row.inFlight),
  histogram("call_latency_seconds", "Time from call to answer.", (row) => row.latency),
  counter("moves_total", "Attempts moved to another provider.", (row) => row.moves),
  counter("retries_total", "Attempts repeated after a wait.", (row) => row.retries),
  counter("hedges_total", "Attempts started beside a running one.", (row) => row.hedges),
  counter(
    "requests_sent_total",
    "Request messages given by callers.",
    (row) => row.requestMessages,
  ),
  counter("request_bytes_total", "Bytes of request messages.", (row) => row.requestBytes),
  counter("responses_received_total", "Response messages.", (row) => row.responseMessages),
  counter("response_bytes_total", "Bytes of response messages.", (row) => row.responseBytes),
];

const SERVED: readonly Column<ServedCallMetrics>[] = [
  counter("handler_calls_total", "Calls that arrived, by service.", (row) => row.total),
  byKind("handler_errors_total", "Calls that arrived and failed, by kind.", (row) => row.failed),
  counter("handler_invocations_total", "Handlers started.", (row) => row.invocations),
  counter("handler_panics_total", "Handlers that threw unexpectedly.", (row) => row.panics),
  gauge("handler_in_flight", "Handlers under way.", (row) => row.inFlight),
  histogram("handler_duration_seconds", "Time from arrival to answer.", (row) => row.duration),
  counter("handler_requests_total", "Request messages taken.", (row) => row.requestMessages),
  counter("handler_request_bytes_total", "Bytes of these.", (row) => row.requestBytes),
  counter("handler_responses_total", "Response messages sent.", (row) => row.responseMessages),
  counter("handler_response_bytes_total", "Bytes of these.", (row) => row.responseBytes),
  counter("streaming_chunks_emitted_total", "Responses of streams.", (row) => row.chunksEmitted),
  counter("streaming_chunks_dropped_total", "Those nobody took.", (row) => row.chunksDropped),
  counter("capability_denied_total", "Calls refused by who made them.", (row) => row.denied),
];

/**
 * All families in a fixed order, services by name. A family without values is left out.
 *
 * @throws RangeError if the prefix cannot begin the name of a metric.
 */
export function metricFamilies(snapshot: RpcMetricsSnapshot, prefix: string): MetricFamily[] {
  if (!/^[a-zA-Z_:][a-zA-Z0-9_:]*$/.test(prefix)) {
    throw new RangeError(`prefix must be a metric name, got "${prefix.slice(0, 100)}"`);
  }
  return [...fill(MADE, snapshot.made, prefix), ...fill(SERVED, snapshot.served, prefix)];
}

/** The names and meanings of all families, filled or not. */
export function describeFamilies(prefix: string): Omit<MetricFamily, "samples">[] {
  return [...MADE, ...SERVED].map(({ name, help, type }) => ({
    name: `${prefix}_${name}`,
    help,
    type,
  }));
}

function fill<Row>(
  columns: readonly Column<Row>[],
  rows: readonly Row[],
  prefix: string,
): MetricFamily[] {
  return columns
    .map(({ name, help, type, samples }) => ({
      name: `${prefix}_${name}`,
      help,
      type,
      samples: rows.flatMap(samples),
    }))
    .filter(({ samples }) => samples.length > 0);
}

const sample = ({ service }: Service, value: number): MetricSample => ({
  suffix: "",
  labels: { service },
  value,
});

function bucketSamples(
  service: string,
  { count, sumMs, cumulative }: LatencySnapshot,
): MetricSample[] {
  const buckets = LATENCY_BUCKETS_SECONDS.map((bound, at) => ({
    suffix: "_bucket",
    labels: { service, le: formatValue(bound) },
    value: cumulative[at] ?? count,
  }));
  return [
    ...buckets,
    { suffix: "_sum", labels: { service }, value: sumMs / 1_000 },
    { suffix: "_count", labels: { service }, value: count },
  ];
}

/** A number as Prometheus and OpenMetrics write it. */
export function formatValue(value: number): string {
  return value === Number.POSITIVE_INFINITY ? "+Inf" : String(value);
}
