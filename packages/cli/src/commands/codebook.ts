import { type CommandGroup, defineCommand } from "../command/command.js";
import {
  choice,
  integer,
  integerOr,
  type Options,
  requiredText,
  text,
  texts,
} from "../command/option.js";
import { SESSION } from "../command/shared-options.js";

const STYLE = {
  style: choice(
    "sound: phrases as the model writes them; official: every token decoded by itself, control tokens too",
    "name",
    ["sound", "official"],
    "sound",
  ),
} satisfies Options;

const FOLDER = {
  dir: requiredText("folder of all steps: results, and what a stopped run goes on from", "folder"),
} satisfies Options;

const EMBEDDING = {
  ...FOLDER,
  clip: requiredText(
    "whose CLIP: a bundle, a folder of codebooks, or a CLIP from Hugging Face",
    "folder",
  ),
  vocabulary: text(
    "expanded vocabulary, also the official .npy (default: vocabulary.json in --dir)",
    "file",
  ),
  batchSize: integer(
    "texts or images between two saves; the result does not depend on it",
    "count",
    1,
  ),
  ...SESSION,
} satisfies Options;

const FILTER = {
  images: requiredText("folder of images that vote", "folder"),
  votesEach: integerOr("entries each image votes for", "count", 5, 1),
  votesNeeded: integerOr("entries with more votes than this stay", "count", 100, 0),
  without: texts("a word; entries that are or hold it do not stay; may be repeated", "word"),
} satisfies Options;

const LLM =
  "the language model: a GGUF file, hf:owner/repository/file.gguf, or the address of a server";

const expandOptions = {
  ...FOLDER,
  llm: requiredText(LLM, "model"),
  ...STYLE,
  threads: SESSION.threads,
} satisfies Options;
export type ExpandOptions = typeof expandOptions;

const embedOptions = EMBEDDING;
export type EmbedOptions = typeof embedOptions;

const filterOptions = { ...EMBEDDING, ...FILTER } satisfies Options;
export type FilterOptions = typeof filterOptions;

const buildOptions = {
  ...EMBEDDING,
  ...FILTER,
  llm: text(LLM, "model"),
  ...STYLE,
} satisfies Options;
export type BuildOptions = typeof buildOptions;

const AGAIN = "The same command goes on where it was stopped or killed; other options are refused.";

const expand = defineCommand({
  name: "expand",
  summary: "Ask a language model for a bigram and a trigram of each of its subwords.",
  details: `Writes vocabulary.json. ${AGAIN}`,
  options: expandOptions,
  examples: [["v2l codebook expand --llm model.gguf --dir codebooks", "step 1 of the paper"]],
  orderly: true,
  run: async (call) => (await import("../actions/codebook.js")).expand(call),
});

const embed = defineCommand({
  name: "embed",
  summary: "Embed the expanded vocabulary with CLIP, each entry in 80 templates.",
  details: `Writes embedding.safetensors. ${AGAIN}`,
  options: embedOptions,
  examples: [["v2l codebook embed --clip clip-vit-large-patch14 --dir codebooks", "step 2"]],
  orderly: true,
  run: async (call) => (await import("../actions/codebook.js")).embed(call),
});

const filter = defineCommand({
  name: "filter",
  summary: "Let images vote for entries of the global codebook, and write both codebooks.",
  details: `They are a folder for \`v2l train tokenizer\`. Votes are kept: --votes-needed can be changed afterwards. ${AGAIN}`,
  options: filterOptions,
  examples: [
    ["v2l codebook filter --clip clip-vit-large-patch14 --images photos --dir codebooks", "step 3"],
  ],
  orderly: true,
  run: async (call) => (await import("../actions/codebook.js")).filter(call),
});

const build = defineCommand({
  name: "build",
  summary: "Make local and global codebook: expand, embed and filter.",
  details: `With --vocabulary nothing is expanded and no language model is needed. ${AGAIN}`,
  options: buildOptions,
  examples: [
    [
      "v2l codebook build --llm model.gguf --clip clip-vit-large-patch14 --images photos --dir codebooks",
      "then: v2l train tokenizer --set foundation=codebooks --dir run",
    ],
  ],
  orderly: true,
  run: async (call) => (await import("../actions/codebook.js")).build(call),
});

export const codebook: CommandGroup = {
  name: "codebook",
  summary: "Make codebooks from a language model's vocabulary, a CLIP and images.",
  commands: [build, expand, embed, filter],
};
