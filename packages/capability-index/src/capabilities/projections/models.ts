import type { SortedTags } from "../sorted-tags.ts";
import { checkDistinct } from "./distinct.ts";
import { flag, requiredText, tenths, text, U32, wholeNumber, words } from "./field.ts";
import { type Fields, type Given, readRecord, writeRecord } from "./record.ts";
import { scanRows } from "./scan.ts";

/** What a model takes in or gives. */
export type Modality = "text" | "image" | "audio" | "video" | "code" | "embedding" | "tool_use";

/** Every {@link Modality}. */
export const MODALITIES: readonly Modality[] = [
  "text",
  "image",
  "audio",
  "video",
  "code",
  "embedding",
  "tool_use",
];

/** A model that a node can run; what it does not say is 0, empty or false. */
export interface ModelCapability {
  /** What tells it from the other models of the node; never empty. */
  readonly id: string;
  readonly family: string;
  /** In 10⁹ parameters, with one decimal at most. */
  readonly parametersBillions: number;
  /** In tokens. */
  readonly contextLength: number;
  readonly quantization: string;
  readonly modalities: readonly Modality[];
  /** In tokens per second. */
  readonly tokensPerSec: number;
  /** Whether it is in memory now. */
  readonly loaded: boolean;
}

/** A {@link ModelCapability} as it is given to a set: what is left out goes without saying. */
export interface ModelConfig extends Omit<Given<ModelCapability>, "id"> {
  readonly id: string;
}

/** How a model is written, after {@link MODELS_START} and its number. */
export const modelFields: Fields<ModelCapability> = {
  id: requiredText("id"),
  family: text("family"),
  parametersBillions: tenths("parameters_b_x10"),
  contextLength: wholeNumber("context_length", U32),
  quantization: text("quantization"),
  modalities: words<Modality>("modalities", MODALITIES, "text"),
  tokensPerSec: wholeNumber("tokens_per_sec", U32),
  loaded: flag("loaded", { unsaid: false, always: false }),
};

/** How every tag of a model begins. */
export const MODELS_START = "software.model.";

/** Whether a tag says something of the models. */
export function isModelTag(tag: string): boolean {
  return tag.startsWith(MODELS_START);
}

/** The tags of models, numbered in their order. */
export function writeModels(models: readonly ModelConfig[]): string[] {
  checkDistinct(
    "models",
    models.map(({ id }) => id),
  );
  return models.flatMap((model, i) =>
    writeRecord(modelFields, model, `${MODELS_START}${i}.`, `models[${i}]`),
  );
}

/** The models that tags tell of; what has no id is none. */
export function readModels(tags: SortedTags): readonly ModelCapability[] {
  return Object.freeze(
    scanRows(tags, MODELS_START)
      .map((values) => readRecord(modelFields, values))
      .filter(({ id }) => id !== ""),
  );
}
