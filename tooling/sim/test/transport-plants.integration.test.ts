import { transport } from "../src/transport/transport.ts";
import { describePlantedBugs } from "./planted-bugs.ts";

describePlantedBugs(transport);
