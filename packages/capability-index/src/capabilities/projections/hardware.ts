import { hasText, type SortedTags } from "../sorted-tags.ts";
import { tenths, text, U16, U32, wholeNumber, word } from "./field.ts";
import { isLimitsTag } from "./limits.ts";
import { type Fields, type Given, readRecord, writeRecord } from "./record.ts";
import { scanNumbers, scanValues } from "./scan.ts";

/** Who made a GPU. */
export type GpuVendor = "nvidia" | "amd" | "intel" | "apple" | "qualcomm" | "unknown";

/** Every {@link GpuVendor}. */
export const GPU_VENDORS: readonly GpuVendor[] = [
  "nvidia",
  "amd",
  "intel",
  "apple",
  "qualcomm",
  "unknown",
];

/** A GPU of a node; what it does not say is 0, empty or unknown. */
export interface GpuInfo {
  readonly vendor: GpuVendor;
  readonly model: string;
  /** In gigabytes. */
  readonly vramGb: number;
  readonly computeUnits: number;
  readonly tensorCores: number;
  /** Half precision, in 10¹² operations per second, with one decimal at most. */
  readonly fp16Tflops: number;
}

/** What a node is made of; what it does not say is 0. */
export interface Hardware {
  readonly cpuCores: number;
  readonly cpuThreads: number;
  /** In gigabytes. */
  readonly memoryGb: number;
  /** In gigabytes. */
  readonly storageGb: number;
  /** In gigabits per second. */
  readonly networkGbps: number;
  /** The first one is the one that tags without a number are about. */
  readonly gpus: readonly GpuInfo[];
}

/** {@link Hardware} as it is given to a set: what is left out goes without saying. */
export interface HardwareConfig extends Omit<Given<Hardware>, "gpus"> {
  readonly gpus?: readonly Given<GpuInfo>[] | undefined;
}

/** How a GPU is written, after `hardware.gpu.` or `hardware.gpu.<number>.`. */
export const gpuFields: Fields<GpuInfo> = {
  vendor: word<GpuVendor>("vendor", GPU_VENDORS, "unknown"),
  model: text("model"),
  vramGb: wholeNumber("vram_gb", U32),
  computeUnits: wholeNumber("compute_units", U16),
  tensorCores: wholeNumber("tensor_cores", U16),
  fp16Tflops: tenths("fp16_tflops_x10"),
};

/** How the rest is written, after `hardware.`. */
export const hardwareFields: Fields<Omit<Hardware, "gpus">> = {
  cpuCores: wholeNumber("cpu_cores", U16),
  cpuThreads: wholeNumber("cpu_threads", U16),
  memoryGb: wholeNumber("memory_gb", U32),
  storageGb: wholeNumber("storage_gb", Number.MAX_SAFE_INTEGER),
  networkGbps: wholeNumber("network_gbps", U32),
};

const START = "hardware.";
const GPU = "hardware.gpu";

/** Whether a tag says something of the hardware. */
export function isHardwareTag(tag: string): boolean {
  return tag.startsWith(START) && !isLimitsTag(tag);
}

/** The tags of hardware; a second GPU is `gpu.1`, and so on. */
export function writeHardware({ gpus = [], ...rest }: HardwareConfig): string[] {
  const tags = writeRecord(hardwareFields, rest, START, "hardware");
  for (const [i, gpu] of gpus.entries()) {
    const tag = i === 0 ? GPU : `${GPU}.${i}`;
    tags.push(tag, ...writeRecord(gpuFields, gpu, `${tag}.`, `hardware.gpus[${i}]`));
  }
  return tags;
}

/** The hardware that tags tell of. */
export function readHardware(tags: SortedTags): Hardware {
  const values = scanValues(tags, START);
  // A GPU is there if its tag without a value is.
  const gpus = hasText(tags, GPU) ? [readRecord(gpuFields, values, "gpu.")] : [];
  for (const number of scanNumbers(tags, `${GPU}.`)) {
    gpus.push(readRecord(gpuFields, values, `gpu.${number}.`));
  }
  return Object.freeze({ ...readRecord(hardwareFields, values), gpus: Object.freeze(gpus) });
}
