import { type ClipConfig, expected, V2LError, type VqganConfig, type Weights } from "@v2l/nn";

/** Groups of every GroupNorm in the official code; shapes do not tell. */
const OFFICIAL_GROUPS = 32;

/** Width of an attention head in every CLIP of OpenAI; shapes do not tell. */
const CLIP_HEAD_WIDTH = 64;

/**
 * Sizes of ViT-L/14. They stand in where the only tensor that tells a size is missing or misshapen, so
 * that the check of all tensors comes to name it.
 */
const VIT_L_14 = {
  embedDim: 768,
  imageSize: 224,
  patchSize: 14,
  contextLength: 77,
  vocabSize: 49408,
};

/** A size, as dimension `dim` of a tensor. */
type Witness = readonly [name: string, dim: number];

/**
 * The sizes of the VQ-GAN in an official checkpoint, from the shapes of `encoder.*` and `quant_conv.*`.
 * The official code decides on attention by a configured resolution that shapes do not tell; here it
 * is the image size, with the attention resolutions that give the same network.
 * @param imageSize of the training images in pixels.
 * @throws CHECKPOINT_MISMATCH where no tensor tells a size.
 */
export function inferVqganConfig(weights: Weights, imageSize: number): VqganConfig {
  const levels = countOf(weights, /^encoder\.down\.(\d+)\./);
  const ch = sizeOf(weights, [
    ["encoder.conv_in.weight", 0],
    ["encoder.conv_in.bias", 0],
    ["encoder.down.0.block.0.norm1.weight", 0],
  ]);
  const attention = [...Array(levels).keys()].filter((level) =>
    [...weights.keys()].some((name) => name.startsWith(`encoder.down.${level}.attn.`)),
  );
  return {
    resolution: imageSize,
    ch,
    chMult: [...Array(levels).keys()].map((level) => levelWidth(weights, level) / ch),
    numResBlocks: countOf(weights, /^encoder\.down\.\d+\.block\.(\d+)\./),
    attnResolutions: attention.map((level) => imageSize / 2 ** level),
    zChannels: sizeOf(weights, [
      ["encoder.conv_out.weight", 0],
      ["encoder.conv_out.bias", 0],
      ["decoder.conv_in.weight", 1],
    ]),
    embedDim: sizeOf(weights, [
      ["quant_conv.weight", 0],
      ["quant_conv.bias", 0],
      ["codebook_projection.weight", 1],
      ["post_quant_conv.weight", 1],
    ]),
    normGroups: OFFICIAL_GROUPS,
  };
}

function levelWidth(weights: Weights, level: number): number {
  const block = `encoder.down.${level}.block.0`;
  return sizeOf(weights, [
    [`${block}.conv1.weight`, 0],
    [`${block}.conv1.bias`, 0],
    [`${block}.norm2.weight`, 0],
    [`${block}.conv2.weight`, 0],
  ]);
}

/** Attention heads of CLIP's two towers, where they are known. */
export interface ClipHeads {
  readonly vision?: number | undefined;
  readonly text?: number | undefined;
}

/**
 * The sizes of a CLIP from the shapes of its tensors under OpenAI's names; without a text half where
 * there are none of its tensors.
 * @param heads default to one for every 64 channels, as in all of OpenAI's.
 * @throws CHECKPOINT_MISMATCH where no tensor tells a size.
 */
export function inferClipConfig(weights: Weights, heads: ClipHeads = {}): ClipConfig {
  const width = sizeOf(weights, [
    ["visual.class_embedding", 0],
    ["visual.conv1.weight", 0],
    ["visual.ln_pre.weight", 0],
    ["visual.ln_post.weight", 0],
  ]);
  const patchSize = sizeOf(weights, [["visual.conv1.weight", 2]], VIT_L_14.patchSize);
  const patches = (VIT_L_14.imageSize / patchSize) ** 2;
  const places = sizeOf(weights, [["visual.positional_embedding", 0]], patches + 1);
  const isText = (name: string) => /^(token_embedding|transformer)\./.test(name);
  return {
    embedDim: sizeOf(
      weights,
      [
        ["visual.proj", 1],
        ["text_projection", 1],
      ],
      VIT_L_14.embedDim,
    ),
    vision: {
      imageSize: Math.round(Math.sqrt(places - 1)) * patchSize,
      patchSize,
      width,
      layers: countOf(weights, /^visual\.transformer\.resblocks\.(\d+)\./),
      heads: heads.vision ?? width / CLIP_HEAD_WIDTH,
    },
    text: [...weights.keys()].some(isText) ? inferText(weights, heads.text) : null,
  };
}

function inferText(weights: Weights, heads: number | undefined): ClipConfig["text"] {
  const width = sizeOf(weights, [
    ["token_embedding.weight", 1],
    ["positional_embedding", 1],
    ["ln_final.weight", 0],
  ]);
  return {
    contextLength: sizeOf(weights, [["positional_embedding", 0]], VIT_L_14.contextLength),
    vocabSize: sizeOf(weights, [["token_embedding.weight", 0]], VIT_L_14.vocabSize),
    width,
    layers: countOf(weights, /^transformer\.resblocks\.(\d+)\./),
    heads: heads ?? width / CLIP_HEAD_WIDTH,
  };
}

/** What most witnesses say, so that a single wrong shape is found out instead of believed. */
function sizeOf(weights: Weights, witnesses: readonly Witness[], fallback?: number): number {
  const votes = new Map<number, number>();
  for (const [name, dim] of witnesses) {
    const size = weights.get(name)?.shape[dim];
    if (size !== undefined) votes.set(size, (votes.get(size) ?? 0) + 1);
  }
  const [winner] = [...votes].sort(([, a], [, b]) => b - a);
  if (winner !== undefined) return winner[0];
  if (fallback !== undefined) return fallback;
  throw missing(witnesses.map(([name]) => name).join(" or "));
}

/** One more than the largest number that the pattern finds in the names. */
function countOf(weights: Weights, pattern: RegExp): number {
  const numbers = [...weights.keys()].map((name) => Number(pattern.exec(name)?.[1] ?? -1));
  const count = Math.max(-1, ...numbers) + 1;
  if (count === 0) throw missing(pattern.source.replace(/[\\^]/g, ""));
  return count;
}

function missing(names: string): V2LError {
  const remedy = "Check that this is a checkpoint of the V2L Tokenizer";
  return new V2LError("CHECKPOINT_MISMATCH", expected("a tensor", names, "nothing", remedy));
}
