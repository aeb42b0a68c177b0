import { nrpc } from "../src/nrpc/nrpc.ts";
import { describePlantedBugs } from "./planted-bugs.ts";

describePlantedBugs(nrpc);
