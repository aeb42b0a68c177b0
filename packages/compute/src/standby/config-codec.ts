import { ByteReader } from "../wire/byte-reader.ts";
import { ByteWriter } from "../wire/byte-writer.ts";
import type { StandbyConfig, StandbyMode } from "./standby-settings.ts";

const MODES: readonly StandbyMode[] = ["available", "fenced"];

/** A configuration as members are told it when they are spawned. */
export function encodeConfig(config: StandbyConfig): Uint8Array {
  return new ByteWriter()
    .u8(MODES.indexOf(config.mode))
    .count(config.minInSync)
    .count(config.storeTimeoutMs)
    .count(config.installTimeoutMs)
    .count(config.leaseMs)
    .count(config.maxLogEvents)
    .count(config.maxLogBytes)
    .finish();
}

/** @throws {@link ComputeError} with kind `bad-command`. */
export function decodeConfig(bytes: Uint8Array): StandbyConfig {
  const reader = new ByteReader("bad-command", bytes);
  const config: StandbyConfig = {
    mode: MODES[reader.u8()] ?? reader.fail("limit", "there is no such mode"),
    minInSync: reader.count("minInSync"),
    storeTimeoutMs: reader.count("storeTimeoutMs"),
    installTimeoutMs: reader.count("installTimeoutMs"),
    leaseMs: reader.count("leaseMs"),
    maxLogEvents: reader.count("maxLogEvents"),
    maxLogBytes: reader.count("maxLogBytes"),
  };
  reader.end();
  return config;
}
