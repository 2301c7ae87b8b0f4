import { basename, resolve } from "node:path";
import {
  checkWeights,
  clipNetwork,
  discriminatorNetwork,
  expected,
  isBookkeeping,
  mapGlobalEncoder,
  type ParamSpec,
  type TensorData,
  toFloat32,
  tokenizerNetwork,
  V2LError,
  type VqganConfig,
  type Weights,
} from "@v2l/nn";
import type { Codebook } from "../bundle/bundle.js";
import type { BundleManifest } from "../bundle/manifest.js";
import { type BundleParts, writeBundle } from "../bundle/write-bundle.js";
import { readNpyStrings } from "../checkpoint/npy.js";
import { readCheckpoint } from "../checkpoint/read-checkpoint.js";
import { importClip } from "./import-clip.js";
import { inferClipConfig, inferVqganConfig } from "./infer-config.js";

/** Files of the official code, and what they do not tell. */
export interface ImportOptions {
  /** `vqgan_checkpoint-last.pth`; several files are taken as parts of one checkpoint. */
  readonly checkpoint: string | readonly string[];
  /** `local_codebook_embedding.pth`, [V,D]. */
  readonly localCodebook: string;
  /** `global_codebook_embedding.pth`, [G,D]. */
  readonly globalCodebook: string;
  /** `local_vocabulary.npy`, V texts. */
  readonly localVocabulary: string;
  /** `global_vocabulary.npy`, G texts. */
  readonly globalVocabulary: string;
  /** Folder to write: new or empty, or a bundle with `overwrite`. */
  readonly out: string;
  readonly overwrite?: boolean;
  /** Name of the bundle; the folder's by default. */
  readonly name?: string;
  /** Folder of the same CLIP in Hugging Face's layout: adds the text half, which checkpoints lack. */
  readonly clip?: string;
  /** Heads of the checkpoint's CLIP; one for every 64 channels by default, as in all of OpenAI's. */
  readonly clipHeads?: number;
  /** The language model whose vocabulary the local codebook is. */
  readonly llm?: string;
  /** What may be said of things and backgrounds beside global words, such as colours; see `V2L.locate`. */
  readonly attributes?: readonly string[];
  /** Side of the training images in pixels; 128 by default, as the official code has it. */
  readonly imageSize?: number;
  /** Global words the decoder attends to; 21 by default. */
  readonly globalWords?: number;
  /** Sizes that override what the shapes tell. */
  readonly config?: Partial<VqganConfig>;
}

export interface ImportResult {
  readonly manifest: BundleManifest;
  /** Tensors of the checkpoint that a bundle has no use for: the perceptual loss, counters, copies. */
  readonly ignored: readonly string[];
}

const CODEBOOK_COPIES = { local: "tok_embeddings.weight", global: "tok_embeddings_global.weight" };

/**
 * Turns the official code's files into a bundle. Nothing in them is executed, and the bundle is
 * written as a whole or not at all.
 * @throws FILE_NOT_FOUND; CHECKPOINT_UNSAFE; CHECKPOINT_UNREADABLE; CHECKPOINT_MISMATCH listing by name
 * every tensor that is missing, unexpected or misshapen; INVALID_ARGUMENT; BUNDLE_INVALID.
 */
export async function importOfficial(options: ImportOptions): Promise<ImportResult> {
  const { weights, ignored } = await readParts([options.checkpoint].flat());
  const imageSize = options.imageSize ?? 128;
  const config = { ...inferVqganConfig(weights, imageSize), ...options.config };
  const parts = splitParts(weights, config, await clipParts(weights, options));
  const localCodebook = await readCodebook(
    options.localCodebook,
    options.localVocabulary,
    weights.get(CODEBOOK_COPIES.local),
  );
  const globalCodebook = await readCodebook(
    options.globalCodebook,
    options.globalVocabulary,
    weights.get(CODEBOOK_COPIES.global),
  );
  const bundle: BundleParts = {
    ...parts,
    name: options.name ?? basename(resolve(options.out)),
    imageSize,
    localCodebook,
    globalCodebook,
    globalWords: options.globalWords ?? 21,
    attributes: options.attributes ?? [],
    llm: options.llm === undefined ? null : { reference: options.llm },
    modelCard: null,
  };
  const { overwrite = false } = options;
  return { manifest: await writeBundle(options.out, bundle, { overwrite }), ignored };
}

/** The tensors of all files that are not ignored, and the names of all that a bundle does not keep. */
async function readParts(
  paths: readonly string[],
): Promise<{ weights: Map<string, TensorData>; ignored: string[] }> {
  const weights = new Map<string, TensorData>();
  const ignored: string[] = [];
  for (const path of paths) {
    const part = await readCheckpoint(path, {
      select: (name) => !isBookkeeping(name) && !name.startsWith("perceptual_loss."),
    });
    ignored.push(...part.skipped);
    const twice = [...part.weights.keys()].filter((name) => weights.has(name));
    if (twice.length > 0) throw mismatch("each tensor in one file", path, `again ${twice}`);
    for (const [name, tensor] of part.weights) weights.set(name, tensor);
  }
  ignored.push(...Object.values(CODEBOOK_COPIES).filter((name) => weights.has(name)));
  return { weights, ignored };
}

/** CLIP's configuration and what completes the checkpoint's vision half. */
type ClipPart = BundleParts["clip"];

async function clipParts(weights: Weights, options: ImportOptions): Promise<ClipPart> {
  const vision = mapGlobalEncoder(weights);
  const preprocess = "official" as const;
  if (options.clip !== undefined) {
    const clip = await importClip(options.clip);
    return { ...clip, weights: new Map([...clip.weights, ...vision]), preprocess };
  }
  if (vision.size === 0) {
    throw mismatch(
      "the tensors global_encoder.*",
      "checkpoint",
      "none of them",
      "Give the folder of the CLIP it was trained with as `clip`",
    );
  }
  return {
    config: inferClipConfig(vision, { vision: options.clipHeads }),
    weights: vision,
    preprocess,
    textTokenizer: null,
    reference: "the checkpoint's global_encoder",
  };
}

/** Checks the checkpoint as one, so that every difference is listed at once, and takes it apart. */
function splitParts(
  weights: Weights,
  config: VqganConfig,
  clip: ClipPart,
): Pick<BundleParts, "tokenizer" | "discriminator" | "clip"> {
  const named = (prefix: string) => [...weights].filter(([name]) => name.startsWith(prefix));
  const tokenizer = tokenizerNetwork(config).params;
  const discriminator = named("discriminator.").length > 0 ? discriminatorNetwork().params : [];
  const vision = named("global_encoder.").length > 0 ? globalEncoderParams(clip) : [];
  const copies: readonly string[] = Object.values(CODEBOOK_COPIES);
  const used = new Map([...weights].filter(([name]) => !copies.includes(name)));
  checkWeights([...tokenizer, ...discriminator, ...vision], used);
  return {
    tokenizer: { config, weights: pick(weights, tokenizer) },
    discriminator: discriminator.length > 0 ? pick(weights, discriminator) : null,
    clip,
  };
}

/** CLIP's vision half under the names of the checkpoint. */
function globalEncoderParams(clip: ClipPart): ParamSpec[] {
  const params = clipNetwork({ ...clip.config, text: null }).params;
  return params.map((spec) => ({
    ...spec,
    name: spec.name.replace(/^visual\./, "global_encoder."),
  }));
}

function pick(weights: Weights, params: readonly ParamSpec[]): Weights {
  return new Map(params.map(({ name }) => [name, weights.get(name) as TensorData]));
}

/** @param copy the checkpoint's own copy of the embedding, if it has one: both must agree. */
async function readCodebook(
  path: string,
  vocabularyPath: string,
  copy: TensorData | undefined,
): Promise<Codebook> {
  const { weights, container } = await readCheckpoint(path);
  const embedding = weights.get("tensor");
  if (container !== "tensor" || embedding?.shape.length !== 2) {
    throw mismatch("one tensor [words,width]", path, [...weights.keys()].join(", "));
  }
  const vocabulary = await readNpyStrings(vocabularyPath);
  if (vocabulary.length !== embedding.shape[0]) {
    throw mismatch(`${embedding.shape[0]} texts`, vocabularyPath, `${vocabulary.length}`);
  }
  if (copy !== undefined && !agree(embedding, copy)) {
    throw mismatch("the codebook the checkpoint was trained with", path, "another one");
  }
  return { embedding, vocabulary };
}

/** Equal up to half precision, in which either may have been stored. */
function agree(a: TensorData, b: TensorData): boolean {
  if (a.shape.join() !== b.shape.join()) return false;
  const other = toFloat32(b);
  return toFloat32(a).every((value, i) => {
    const difference = Math.abs(value - (other[i] as number));
    return difference <= 2 ** -10 * Math.abs(value) + 2 ** -24;
  });
}

function mismatch(what: string, name: string, received: string, remedy?: string): V2LError {
  return new V2LError("CHECKPOINT_MISMATCH", expected(what, name, received, remedy));
}
