import { discovery } from "../src/discovery/discovery.ts";
import { describePlantedBugs } from "./planted-bugs.ts";

describePlantedBugs(discovery);
