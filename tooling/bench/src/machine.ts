import { availableParallelism, cpus, loadavg, totalmem } from "node:os";

/** What the figures were taken on: they mean nothing anywhere else. */
export interface Machine {
  readonly cpu: string;
  readonly cores: number;
  readonly memoryGiB: number;
  readonly platform: string;
  readonly node: string;
  /** Load of the last minute before the run; well above 0 means that others were at work. */
  readonly load: number;
  /** Whether each event loop has a core of its own. */
  readonly pinned: boolean;
}

/** Describes this machine as it is now. */
export function describeMachine(pinned: boolean): Machine {
  return {
    cpu: cpus()[0]?.model.trim() ?? "unknown",
    cores: availableParallelism(),
    memoryGiB: Math.round(totalmem() / 2 ** 30),
    platform: `${process.platform} ${process.arch}`,
    node: process.version,
    load: Math.round((loadavg()[0] ?? 0) * 100) / 100,
    pinned,
  };
}
