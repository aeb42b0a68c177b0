import { describeFamilies, metricFamilies, type MetricFamily } from "./metric-families.ts";
import { DEFAULT_METRIC_PREFIX } from "./prometheus.ts";
import type { RpcMetricsSnapshot } from "./rpc-metrics.ts";

/** A metric as a registry of `prom-client` asks for it. */
export interface PromClientMetric {
  get(): Promise<unknown>;
  reset(): void;
}

/** What is needed of a `Registry` of `prom-client` 15. */
export interface PromClientRegistry {
  registerMetric(metric: PromClientMetric): void;
  removeSingleMetric(name: string): void;
}

/** Options of {@link registerRpcMetrics}. */
export interface PromClientOptions {
  /** What all names begin with. Default `nrpc`. */
  readonly prefix?: string | undefined;
}

/**
 * Adds the metrics of calls to a registry of `prom-client`, under the names of {@link toPrometheus}.
 * They are read when the registry is. Disposing the result takes them out again.
 *
 * @throws RangeError if the prefix cannot begin the name of a metric; what the registry throws for
 * a name that it has already.
 */
export function registerRpcMetrics(
  registry: PromClientRegistry,
  read: () => RpcMetricsSnapshot,
  { prefix = DEFAULT_METRIC_PREFIX }: PromClientOptions = {},
): Disposable {
  // Of all families of one scrape, the snapshot is the same.
  let shared: Map<string, MetricFamily> | undefined;
  const familyOf = async (name: string): Promise<MetricFamily | undefined> => {
    shared ??= new Map(metricFamilies(read(), prefix).map((family) => [family.name, family]));
    const family = shared.get(name);
    await Promise.resolve();
    shared = undefined;
    return family;
  };
  metricFamilies({ made: [], served: [] }, prefix);
  const names: string[] = [];
  const remove = (): void => {
    for (const name of names) registry.removeSingleMetric(name);
  };
  try {
    for (const description of describeFamilies(prefix)) {
      registry.registerMetric(new RpcMetric(description, familyOf));
      names.push(description.name);
    }
  } catch (error) {
    remove();
    throw error;
  }
  return { [Symbol.dispose]: remove };
}

/** One family in a registry. */
class RpcMetric implements PromClientMetric {
  /** In a registry that writes OpenMetrics, it takes `_total` away. */
  name: string;
  readonly help: string;
  readonly type: MetricFamily["type"];
  readonly aggregator: string = "sum";
  readonly #family: () => Promise<MetricFamily | undefined>;

  constructor(
    { name, help, type }: Omit<MetricFamily, "samples">,
    familyOf: (name: string) => Promise<MetricFamily | undefined>,
  ) {
    this.name = name;
    this.help = help;
    this.type = type;
    this.#family = () => familyOf(name);
  }

  async get(): Promise<unknown> {
    const family = await this.#family();
    const { name, help, type, aggregator } = this;
    const values = (family?.samples ?? []).map(({ suffix, labels, value }) => ({
      value,
      labels,
      ...(suffix !== "" && { metricName: `${name}${suffix}` }),
    }));
    return { name, help, type, values, aggregator };
  }

  /** Counters of calls are not set back from outside. */
  reset(): void {}
}
