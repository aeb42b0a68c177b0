import { failover } from "../src/failover/failover.ts";
import { describePlantedBugs } from "./planted-bugs.ts";

describePlantedBugs(failover);
