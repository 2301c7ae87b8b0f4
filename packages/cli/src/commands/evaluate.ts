import type { RestorationTask } from "v2l";
import { type CommandGroup, defineCommand } from "../command/command.js";
import { choice, flag, integerOr, type Options, text, texts } from "../command/option.js";
import {
  CACHE,
  DATA,
  DATA_AND_POOL,
  DIVIDED,
  FILLING,
  PLACES,
  PROMPTS,
  PROTOCOL,
  READERS,
  READING,
  SPLIT,
} from "../command/shared-options.js";
import { codebook, merge, reconstruction } from "./evaluate-images.js";
import { report } from "./evaluation-report.js";

const demoOptions = {
  bundle: text("the bundle to use (default: the demo bundle)", "folder"),
  images: integerOr("held-out scenes of each set", "count", 1000, 2),
  out: DIVIDED.out,
  cache: CACHE,
} satisfies Options;
export type EvaluateDemoOptions = typeof demoOptions;

const demo = defineCommand({
  name: "demo",
  summary: "Measure on held-out scenes whether the words name the objects, and the PSNR.",
  details:
    "Five sets: scenes of known style and of an unseen one, several objects, objects never drawn in " +
    "training, line art. Prints a table, with --json the figures.",
  options: demoOptions,
  examples: [["v2l eval demo --images 200", "a quick look"]],
  orderly: true,
  run: async (call) => (await import("../actions/evaluate.js")).evaluateDemo(call),
});

const fewShotOptions = {
  ...READERS,
  ...DATA,
  annotations: texts(
    "episodes about --data, an official split such as 5_way_1_shot.csv; several: several rows " +
      "(default: drawn from its folders of classes)",
    "file",
  ),
  names: text("JSON with the names of the classes by their folders", "file"),
  episodes: integerOr("episodes of each row, at most", "count", 500, 1),
  words: integerOr("global words of each image that it reads", "count", 21, 1),
  ignore: READING.ignore,
  repeats: READING.repeats,
  bare: READING.bare,
  protocol: PROTOCOL,
  observations: flag("test the paper's observations instead"),
  split: SPLIT,
  images: integerOr("images of each class (of scenes: in each style)", "count", 8, 6),
  seed: integerOr("for the episodes and all that is random in them", "number", 0, 0),
  ...DIVIDED,
  cache: CACHE,
} satisfies Options;
export type EvaluateFewShotOptions = typeof fewShotOptions;

const fewShot = defineCommand({
  name: "fewshot",
  summary: "Measure how well a language model recognises held-out scenes from a few examples.",
  details:
    "Objects that CLIP was trained on, also in an unseen style, and objects never drawn in training. All " +
    "systems get the same episodes: the language model, the same with invented class names, with words " +
    "shuffled between images, without words, and with random weights; and without any language model the " +
    "nearest class by CLIP's texts and the nearest example by common words. Prints a table with 95% " +
    "intervals, with --json the figures. With --observations: whether more shots, repeated examples, the " +
    "instruction, more words, and bigrams and trigrams help. A stopped run of the table goes on where " +
    "it was. With --data, images of the disk: a folder with a folder of images for each class.",
  options: fewShotOptions,
  examples: [
    ["v2l eval fewshot --data animals --llm model.gguf", "the folders of animals/ are the classes"],
    [
      "v2l eval fewshot --data imagenet/train --annotations 5_way_1_shot.csv --names imagenet.json",
      "the paper's episodes",
    ],
    ["v2l eval fewshot --llm model.gguf --episodes 50", "a quick look"],
    ["v2l eval fewshot --llm model.gguf --observations", "what helps"],
  ],
  orderly: true,
  run: async (call) => (await import("../actions/few-shot.js")).evaluateFewShot(call),
});

const ablationOptions = {
  ...READERS,
  dir: text("folder of the trainings (default: ablations in --cache)", "folder"),
  only: texts("a training to do, by its name; may be repeated (default: all)", "name"),
  steps: integerOr("optimiser steps of each training", "count", 800, 20),
  pictures: integerOr("scenes that each of them sees, several times over", "count", 4096, 8),
  scenes: integerOr("held-out scenes that each tokenizer is measured on", "count", 200, 2),
  episodes: integerOr("episodes of each way to ask the language model; 0: none", "count", 300, 0),
  split: SPLIT,
  seed: integerOr("for all that is random", "number", 0, 0),
  out: DIVIDED.out,
  cache: CACHE,
} satisfies Options;
export type AblationOptions = typeof ablationOptions;

const ablations = defineCommand({
  name: "ablations",
  summary: "Measure what the parts of the method are good for, on the demo world.",
  details:
    "Trains small tokenizers on 64x64 pixels: with and without cross attention, projector, normalisation, " +
    "perceptual and GAN terms, with a random codebook, from a random start; and the same with another seed, which " +
    "shows what chance alone changes. Asks the language model in several ways about the same episodes: words, " +
    "shots, instruction, subwords alone. Needs libtorch, and about 40 minutes of a CPU core. A stopped run " +
    "goes on where it was.",
  options: ablationOptions,
  examples: [
    ["v2l eval ablations --steps 100 --scenes 20 --episodes 20", "a quick look"],
    ['v2l eval ablations --only "no cross attention" --episodes 0', "one training and the base"],
  ],
  orderly: true,
  run: async (call) => (await import("../actions/evaluate-ablations.js")).evaluateAblations(call),
});

const languageOptions = {
  ...READERS,
  ...DATA_AND_POOL,
  annotations: text("what is true of --data: COCO's or Karpathy's captions, VQA's answers", "file"),
  poolAnnotations: text("the same of --pool-data (default: --annotations)", "file"),
  images: integerOr("held-out scenes of each set, or images", "count", 300, 2),
  shots: integerOr("examples that each prompt shows", "count", 5, 0),
  choose: choice(
    "which examples: those with similar words, or the same random ones for all scenes",
    "how",
    ["similar", "random"],
    "similar",
  ),
  pool: integerOr("scenes of the train split, or images, that examples come from", "count", 500, 1),
  words: READING.words,
  ignore: READING.ignore,
  places: PLACES,
  split: SPLIT,
  seed: integerOr("for captions, questions and random examples", "number", 0, 0),
  ...DIVIDED,
  cache: CACHE,
} satisfies Options;
export type EvaluateLanguageOptions = typeof languageOptions;

const caption = defineCommand({
  name: "caption",
  summary: "Measure a language model's captions of held-out scenes, beside controls.",
  details:
    "Objects named, CIDEr, BLEU-4 and ROUGE-L on scenes of one and of two objects, also without an image, " +
    "with the words of another one, and without a language model. Prints a table, with --json the figures. " +
    "A stopped run goes on where it was. With --data and --annotations, images of the disk with their captions.",
  options: languageOptions,
  examples: [
    [
      "v2l eval caption --data val2014 --annotations captions_val2014.json",
      "COCO; examples are other images of the file",
    ],
    ["v2l eval caption --data coco --annotations dataset_coco.json", "Karpathy's test split"],
    ["v2l eval caption --llm model.gguf --images 50", "a quick look"],
  ],
  orderly: true,
  run: async (call) => (await import("../actions/evaluate-language.js")).evaluateCaption(call),
});

const vqaOptions = {
  ...languageOptions,
  questions: text("the questions that --annotations answers", "file"),
  poolQuestions: text("the questions that --pool-annotations answers", "file"),
  images: integerOr("held-out scenes of each set, or images", "count", 100, 2),
} satisfies Options;
export type EvaluateVqaOptions = typeof vqaOptions;

const vqa = defineCommand({
  name: "vqa",
  summary: "Measure a language model's answers about held-out scenes, beside controls.",
  details:
    "Accuracy by type of question (what, where, how many, color, is there) on scenes of one and of two " +
    "objects, beside the most frequent answer and the controls of `v2l eval caption`. A stopped run goes on where it was. " +
    "With --data, --questions and --annotations, images of the disk with VQA v2's questions and answers.",
  options: vqaOptions,
  examples: [
    [
      "v2l eval vqa --data val2014 --questions questions.json --annotations annotations.json",
      "VQA v2; examples are about other images",
    ],
    ["v2l eval vqa --llm model.gguf --images 50", "a quick look"],
  ],
  orderly: true,
  run: async (call) => (await import("../actions/evaluate-language.js")).evaluateVqa(call),
});

const TASKS = [
  "all",
  "inpainting",
  "outpainting",
  "deblur",
  "shift",
  "rotation",
] as const satisfies readonly ("all" | RestorationTask)[];

const restorationOptions = {
  ...READERS,
  ...DATA_AND_POOL,
  task: choice("which task", "name", TASKS, "all"),
  images: integerOr("images of each task", "count", 200, 2),
  randomImages: integerOr("images that the control with random weights restores", "count", 25, 0),
  protocol: choice("which prompts", "name", ["both", "blind", "paper"], "both"),
  references: integerOr("images that the blind protocol learns from", "count", 64, 1),
  nearest: integerOr("how many of them for each picture, by their words", "count", 4, 0),
  ...PROMPTS,
  ...FILLING,
  split: SPLIT,
  seed: integerOr("for kernels, noise and random weights", "number", 0, 0),
  ...DIVIDED,
  cache: CACHE,
} satisfies Options;
export type EvaluateRestorationOptions = typeof restorationOptions;

const restore = defineCommand({
  name: "restore",
  summary: "Measure how well a language model restores damaged held-out scenes, beside baselines.",
  details:
    "Five tasks, with the paper's prompts, which hold noisy copies of the answer, and blind ones, which " +
    "know nothing of it. Tokens right, PSNR and SSIM inside the damaged region with 95% intervals, beside " +
    "what needs no language model: the vote of the noisy copies, the degraded tokens, the nearest visible " +
    "token, the mean colour, the damage undone; and beside random weights. Says in words what the language " +
    "model does not beat. A stopped run goes on where it was. With --data, images of the disk.",
  options: restorationOptions,
  examples: [
    ["v2l eval restore --data photos --task inpainting", "on images of your own"],
    ["v2l eval restore --task deblur --images 20", "a quick look"],
    ["v2l eval restore --split validation", "to choose settings by"],
  ],
  orderly: true,
  run: async (call) =>
    (await import("../actions/evaluate-restoration.js")).evaluateRestoration(call),
});

const paper = defineCommand({
  name: "paper",
  summary: "List the tables of the paper with the command for each row, and the published numbers.",
  details:
    "Says what each command needs and in what its numbers differ from the paper's. Runs nothing. Numbers are listed " +
    "as far as they are known here.",
  options: {},
  examples: [["v2l eval paper --json", "for programs"]],
  run: async (call) => (await import("../actions/evaluate-paper.js")).evaluatePaper(call),
});

export const evaluate: CommandGroup = {
  name: "eval",
  summary: "Measure a bundle.",
  commands: [
    demo,
    reconstruction,
    codebook,
    fewShot,
    caption,
    vqa,
    restore,
    ablations,
    paper,
    merge,
    report,
  ],
};
