/** The provider process of the soak run. */
import { runProvider } from "../providers/run-provider.ts";
import { serveJournaled } from "./journal.ts";

runProvider(serveJournaled);
