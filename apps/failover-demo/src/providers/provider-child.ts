/** The provider process of the demo. */
import { runProvider } from "./run-provider.ts";
import { serveSummaries } from "./serve-summaries.ts";

runProvider(serveSummaries);
