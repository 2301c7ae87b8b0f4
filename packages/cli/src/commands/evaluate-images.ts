import { type Argument, defineCommand } from "../command/command.js";
import { integer, type Options, text } from "../command/option.js";
import { CACHE, DIVIDED, INFERENCE, SPLIT } from "../command/shared-options.js";

const FOLDER: Argument = {
  name: "folder",
  describe:
    "images, or ImageNet with its folders val/n01440764 and so on (default: held-out scenes of the demo world)",
  required: false,
  many: false,
};

const codebookOptions = {
  ...INFERENCE,
  images: integer(
    "how many images (default: all of the folder, or 1000 scenes of each set)",
    "count",
    2,
  ),
  list: text("file that lists the images by their paths in the folder, one a line", "file"),
  split: SPLIT,
  ...DIVIDED,
  cache: CACHE,
} satisfies Options;
export type EvaluateCodebookOptions = typeof codebookOptions;

const reconstructionOptions = {
  ...codebookOptions,
  inception: text("Inception-v3 weights of pytorch-fid, for FID and the Inception score", "file"),
  vgg: text("torchvision's VGG16 weights, for LPIPS", "file"),
  lpips: text("the linear layers of LPIPS on VGG16", "file"),
} satisfies Options;
export type EvaluateReconstructionOptions = typeof reconstructionOptions;

export const reconstruction = defineCommand({
  name: "reconstruction",
  summary: "Measure how like their originals images come back from their tokens.",
  details:
    "PSNR, SSIM and CLIP similarity with 95% intervals, Frechet distances, and codebook use, beside two pictures " +
    "that need no tokenizer: the mean colour, and the original shrunk to as many pixels as there are " +
    "tokens. LPIPS, FID and the Inception score where their weights are given; the table says what is " +
    "left out and where it is published. A stopped run goes on where it was.",
  argument: FOLDER,
  options: reconstructionOptions,
  examples: [
    ["v2l eval reconstruction --images 100", "a quick look, on the demo world"],
    [
      "v2l eval reconstruction imagenet --bundle paper --out report",
      "ImageNet's validation images",
    ],
    ["v2l eval reconstruction photos --shard 2/4 --out parts", "the second quarter, to be merged"],
  ],
  orderly: true,
  run: async (call) => (await import("../actions/evaluate-images.js")).evaluateReconstruction(call),
});

export const codebook = defineCommand({
  name: "codebook",
  summary: "Measure which entries of the codebooks images become.",
  details:
    "Share in use, perplexity, the most and the least used entries of both codebooks, and the global words by " +
    "the number of their subwords; on the demo world also how often a global word names what is there. A " +
    "stopped run goes on where it was.",
  argument: FOLDER,
  options: codebookOptions,
  examples: [
    ["v2l eval codebook --images 100", "a quick look, on the demo world"],
    ["v2l eval codebook photos --out report", "of your images, with a report"],
  ],
  orderly: true,
  run: async (call) => (await import("../actions/evaluate-images.js")).evaluateCodebook(call),
});

const mergeOptions = { out: DIVIDED.out } satisfies Options;
export type MergeOptions = typeof mergeOptions;

export const merge = defineCommand({
  name: "merge",
  summary: "Put the shards of one evaluation together.",
  details:
    "Gives exactly what the evaluation gives when it is not divided. Shards of different configurations, " +
    "inputs or versions are refused, and so are shards that are missing or there twice.",
  argument: {
    name: "part",
    describe: "files that an evaluation with --shard wrote",
    required: true,
    many: true,
  },
  options: mergeOptions,
  examples: [["v2l eval merge parts/reconstruction-*.json --out report", "all shards of a folder"]],
  run: async (call) => (await import("../actions/merge.js")).mergeShards(call),
});
