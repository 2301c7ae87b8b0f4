import { readFile } from "node:fs/promises";
import { basename, join, resolve } from "node:path";
import {
  type ClipConfig,
  checkWeights,
  clipNetwork,
  expected,
  mapHuggingFaceClip,
  V2LError,
  type Weights,
} from "@v2l/nn";
import { readSafetensors } from "../checkpoint/safetensors.js";
import { inferClipConfig } from "./infer-config.js";

/** A CLIP under OpenAI's names. */
export interface ImportedClip {
  readonly config: ClipConfig;
  readonly weights: Weights;
  /** Text of `tokenizer.json`. */
  readonly textTokenizer: string;
  /** The model's name where the folder tells, else the folder's. */
  readonly reference: string;
}

/**
 * Reads a CLIP in Hugging Face's layout: a folder with `model.safetensors`, `config.json` and
 * `tokenizer.json`, such as that of `openai/clip-vit-large-patch14`.
 * @throws FILE_NOT_FOUND; UNSUPPORTED where the architecture is not OpenAI's; CHECKPOINT_UNREADABLE;
 * CHECKPOINT_MISMATCH listing the tensors that are missing, unexpected or misshapen.
 */
export async function importClip(folder: string): Promise<ImportedClip> {
  const configPath = join(folder, "config.json");
  const settings = parseObject(configPath, await readText(configPath));
  const vision = towerSettings(settings, "vision_config");
  const text = towerSettings(settings, "text_config");
  const { weights: stored } = await readSafetensors(join(folder, "model.safetensors"));
  const weights = mapHuggingFaceClip(stored);
  const config = inferClipConfig(weights, { vision, text });
  checkWeights(clipNetwork(config).params, weights);
  const name = settings._name_or_path;
  return {
    config,
    weights,
    textTokenizer: await readText(join(folder, "tokenizer.json")),
    reference: typeof name === "string" && name !== "" ? name : basename(resolve(folder)),
  };
}

/** Checks what shapes do not tell of a tower. @returns its number of heads, where it is given. */
function towerSettings(settings: Record<string, unknown>, tower: string): number | undefined {
  const section = (settings[tower] ?? {}) as Record<string, unknown>;
  const { hidden_act: activation = "quick_gelu", layer_norm_eps: eps = 1e-5 } = section;
  if (activation !== "quick_gelu" || eps !== 1e-5) {
    throw new V2LError(
      "UNSUPPORTED",
      expected("quick_gelu and layer_norm_eps 1e-5", tower, `${activation} and ${eps}`),
    );
  }
  const heads = section.num_attention_heads;
  return typeof heads === "number" ? heads : undefined;
}

async function readText(path: string): Promise<string> {
  try {
    return await readFile(path, "utf8");
  } catch (error) {
    throw new V2LError("FILE_NOT_FOUND", expected("a file", path, "nothing readable"), {
      cause: error,
    });
  }
}

function parseObject(path: string, text: string): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value === "object" && value !== null) return value as Record<string, unknown>;
  } catch {
    // The error below covers both cases.
  }
  throw new V2LError("CHECKPOINT_UNREADABLE", expected("a JSON object", path, "other text"));
}
