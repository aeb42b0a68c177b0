import { formatValue, metricFamilies, type MetricFamily } from "./metric-families.ts";
import type { RpcMetricsSnapshot } from "./rpc-metrics.ts";

/** What all names of metrics begin with. */
export const DEFAULT_METRIC_PREFIX = "nrpc";

/** Options of {@link toPrometheus}. */
export interface PrometheusOptions {
  /** What all names begin with. Default `nrpc`. */
  readonly prefix?: string | undefined;
  /**
   * `text`: Prometheus' text format 0.0.4 (`text/plain; version=0.0.4`); `openmetrics`: OpenMetrics
   * 1.0 (`application/openmetrics-text; version=1.0.0`), which ends with `# EOF`. Default `text`.
   */
  readonly format?: "text" | "openmetrics" | undefined;
}

/**
 * Metrics as Prometheus scrapes them: families in a fixed order, services and kinds by name. Equal
 * snapshots give equal text.
 *
 * @throws RangeError if the prefix cannot begin the name of a metric.
 */
export function toPrometheus(
  snapshot: RpcMetricsSnapshot,
  { prefix = DEFAULT_METRIC_PREFIX, format = "text" }: PrometheusOptions = {},
): string {
  const isOpen = format === "openmetrics";
  const lines = metricFamilies(snapshot, prefix).flatMap((family) => familyLines(family, isOpen));
  if (isOpen) lines.push("# EOF");
  return lines.map((line) => `${line}\n`).join("");
}

function familyLines({ name, help, type, samples }: MetricFamily, isOpen: boolean): string[] {
  // In OpenMetrics, `_total` belongs to the values of a counter and not to its name.
  const family = isOpen && type === "counter" ? name.replace(/_total$/, "") : name;
  return [
    `# HELP ${family} ${help}`,
    `# TYPE ${family} ${type}`,
    ...samples.map(({ suffix, labels, value }) => {
      const pairs = Object.entries(labels).map(([label, text]) => {
        // OpenMetrics writes bounds as what they are: numbers with a fraction.
        const own = isOpen && label === "le" && /^\d+$/.test(text) ? `${text}.0` : text;
        return `${label}="${escapeLabel(own)}"`;
      });
      return `${name}${suffix}{${pairs.join(",")}} ${formatValue(value)}`;
    }),
  ];
}

/** Both formats know these three escapes and no other: a carriage return stays what it is. */
function escapeLabel(text: string): string {
  return text.replaceAll("\\", "\\\\").replaceAll("\n", "\\n").replaceAll('"', '\\"');
}
