import type { RatioRule, Suite } from "../../suite.ts";
import { type Fault, underFault, type UnderFaultConfig } from "./under-fault.ts";

const systems: readonly Omit<UnderFaultConfig, "fault">[] = [
  { system: "selvage" },
  { system: "moleculer", peer: "Moleculer 0.14, TCP" },
  { system: "nats", peer: "NATS queue group", hasBroker: true },
];
const faults: readonly Fault[] = ["kill", "freeze"];

/** The worst call of ours beside that of a peer. */
function worstCallOver(peer: string, fault: Fault, name: string): RatioRule {
  const worstOf = (system: string): string => `${system}.${fault}.worstCallMs`;
  return { name, ours: worstOf("selvage"), theirs: worstOf(peer), better: "lower" };
}

/** What callers notice when one of two providers is lost under load. */
export const failoverSuite: Suite = {
  name: "failover",
  summary: "four callers in a 5 ms loop, two providers, one of which is killed, or frozen a while",
  measureMs: 25_000,
  rounds: 3,
  contestants: faults.flatMap((fault) => systems.map((each) => underFault({ ...each, fault }))),
  ratios: [
    worstCallOver("moleculer", "kill", "worstCallOverMoleculerKill"),
    worstCallOver("moleculer", "freeze", "worstCallOverMoleculerFreeze"),
    worstCallOver("nats", "kill", "worstCallOverNatsKill"),
    worstCallOver("nats", "freeze", "worstCallOverNatsFreeze"),
  ],
};
