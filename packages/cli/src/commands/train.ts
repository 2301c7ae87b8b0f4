import { type AnyCommand, type CommandGroup, defineCommand } from "../command/command.js";
import { choice, flag, type Options, requiredText, text, texts } from "../command/option.js";
import { ATTRIBUTE } from "../command/shared-options.js";

const RECIPE = {
  config: text("JSON file with the fields that differ from the default recipe", "file"),
  set: texts("change one field, e.g. schedule.lr=1e-4; may be repeated", "field=value"),
} satisfies Options;

const runOptions = {
  ...RECIPE,
  dir: requiredText("folder of the run: configuration, log, checkpoint, pictures", "folder"),
  resume: flag("continue the run in that folder, by default with its own configuration"),
} satisfies Options;
export type RunOptions = typeof runOptions;

const codebookOptions = {
  ...RECIPE,
  dir: requiredText("folder for CLIP and codebooks; an earlier run there goes on", "folder"),
} satisfies Options;
export type CodebookOptions = typeof codebookOptions;

const bundleOptions = {
  out: requiredText("folder of the new bundle", "folder", { short: "o" }),
  name: text("name of the bundle (default: that of its folder)", "name"),
  foundation: text("folder with CLIP and codebooks (default: the one the run used)", "folder"),
  vision: text("run of `v2l train clip` with lockText: its vision half is used", "folder"),
  llm: text("run of `v2l train llm`: its model goes into the bundle", "folder"),
  attribute: texts(`${ATTRIBUTE} (default: the colours, of a run on the demo world)`, "text"),
  results: text("what `v2l eval demo --json` printed, for the model card", "file"),
  discriminator: flag("keep the discriminator, so that training can go on"),
  overwrite: flag("replace a bundle that is already there"),
} satisfies Options;
export type BundleOptions = typeof bundleOptions;

const ggufOptions = {
  out: requiredText("the new file", "file", { short: "o" }),
  type: choice("how matrices are stored", "type", ["F16", "Q8_0", "F32"], "F16"),
  name: text("name of the model (default: that of the file)", "name"),
} satisfies Options;
export type GgufOptions = typeof ggufOptions;

const STOPPING =
  "Ctrl-C stops after the present step with a checkpoint (exit status 130); a second one stops at once.";

const clip = defineCommand({
  name: "clip",
  summary: "Train the demo's CLIP on scenes and texts about them.",
  details: `Writes clip.safetensors into the run folder. ${STOPPING}`,
  options: runOptions,
  examples: [
    ["v2l train clip --dir runs/clip", "the default recipe"],
    ["v2l train clip --dir runs/clip --resume", "go on after an interruption"],
  ],
  orderly: true,
  run: async (call) => (await import("../actions/train.js")).trainClip(call),
});

const codebooks = defineCommand({
  name: "codebooks",
  summary: "Build the demo's codebooks from a trained CLIP.",
  details:
    "Writes them with the CLIP into a folder for `v2l train tokenizer`. Scenes of the demo world vote; with " +
    "your own images use `v2l codebook build`.",
  options: codebookOptions,
  examples: [
    ["v2l train codebooks --set clip=runs/clip --dir runs/foundation", "from a run of train clip"],
  ],
  orderly: true,
  run: async (call) => (await import("../actions/train.js")).buildDemoCodebooks(call),
});

const tokenizer = defineCommand({
  name: "tokenizer",
  summary: "Train encoder and decoder on a folder of images or on the demo world.",
  details:
    "The default recipe is the paper's. CLIP and codebooks come from the folder or bundle that the field " +
    `\`foundation\` names. ${STOPPING}`,
  options: runOptions,
  examples: [
    [
      "v2l train tokenizer --set foundation=runs/foundation --dir runs/tokenizer",
      "on the demo world",
    ],
    [
      "v2l train tokenizer --config recipe.json --set data.kind=folder --set data.path=photos --dir run",
      "on your own images",
    ],
  ],
  orderly: true,
  run: async (call) => (await import("../actions/train.js")).trainTokenizer(call),
});

const llm = defineCommand({
  name: "llm",
  summary: "Train the demo's language model, a small LLaMA, on text.",
  details:
    "The text is written as it is needed: sentences of the demo world, WordNet's glosses, pairs of inputs " +
    `and outputs over ever new mappings. No word of it comes from a picture. ${STOPPING}`,
  options: runOptions,
  examples: [
    ["v2l train llm --config packages/train/recipes/demo-llm.json --dir runs/llm", "the demo's"],
    ["v2l train llm --set device=cuda --set precision=bfloat16 --dir runs/llm", "on a GPU"],
  ],
  orderly: true,
  run: async (call) => (await import("../actions/train.js")).trainLlm(call),
});

const gguf = defineCommand({
  name: "gguf",
  summary: "Make a GGUF file from a run of `v2l train llm`.",
  details: "Takes the latest checkpoint, also of a run that goes on.",
  argument: { name: "run", describe: "folder of the run", required: true, many: false },
  options: ggufOptions,
  examples: [["v2l train gguf runs/llm --type Q8_0 --out llm.gguf", "8 bits a weight"]],
  run: async (call) => (await import("../actions/train.js")).exportGguf(call),
});

const bundle = defineCommand({
  name: "bundle",
  summary: "Make a bundle from a run of `v2l train tokenizer`.",
  argument: { name: "run", describe: "folder of the run", required: true, many: false },
  options: bundleOptions,
  examples: [
    ["v2l train bundle runs/tokenizer --out my-bundle", "half precision, with model card"],
  ],
  run: async (call) => (await import("../actions/train.js")).exportBundle(call),
});

export const train: CommandGroup = {
  name: "train",
  summary:
    "Train CLIP, tokenizer and language model, build codebooks and bundles (needs libtorch).",
  commands: [clip, codebooks, tokenizer, bundle, llm, gguf] satisfies AnyCommand[],
};
