import type { Argument } from "./command.js";
import {
  choice,
  flag,
  integer,
  integerOr,
  numberOr,
  type Options,
  text,
  textOr,
  texts,
} from "./option.js";

/** Accepted by every command, before or after its name. */
export const GENERAL = {
  json: flag("print results as JSON"),
  quiet: flag("no progress and no notes, results and errors only"),
  debug: flag("print the stack of an error"),
} satisfies Options;

/** For commands that take any number of images. */
export const IMAGES: Argument = {
  name: "image",
  describe: "image files, or folders of images",
  required: true,
  many: true,
};

/** For commands that run networks. */
export const SESSION = {
  device: choice("where to compute", "name", ["cpu", "webgpu", "cuda"], "cpu"),
  threads: integer("CPU threads of one operator (default: all physical cores)", "count", 1, 1024),
} satisfies Options;

/** For commands that run a bundle's networks. */
export const INFERENCE = {
  bundle: text("the bundle to use (default: the demo bundle)", "folder"),
  ...SESSION,
} satisfies Options;

/** For commands that run a bundle's networks and a language model. */
export const READERS = {
  ...INFERENCE,
  llm: text(
    "the language model: a GGUF file, hf:owner/repository/file.gguf, or the address of a server " +
      "(default: the bundle's own)",
    "model",
  ),
} satisfies Options;

/** For commands that compare classes by a language model. */
export const PROTOCOL = choice(
  "score every class, or write as in the paper's evaluation",
  "name",
  ["likelihood", "paper"],
  "likelihood",
);

/** For commands in which a language model reads images. */
export const READING = {
  ...READERS,
  words: integerOr("global words of each image that it reads", "count", 5, 1),
  ignore: texts("a word that it does not read, nor entries that hold it; may be repeated", "word"),
  repeats: integerOr("how many more times the examples are given", "count", 0, 0),
  bare: flag("leave out the line that says what to do"),
  video: flag("each path is a video: an animated GIF or WebP, or a folder of frames"),
  showPrompt: flag("print the exact text that the language model read"),
} satisfies Options;

/** For commands that write a bundle whose CLIP reads texts. */
export const ATTRIBUTE =
  "what may be said of things and of the background, such as a colour, beside words of the codebook; may be repeated";

/** For commands in which a language model may read where things are. */
export const PLACES = integerOr(
  "things in parts of each image, with their places, that it reads too, and the background; 0: none, as in the paper",
  "count",
  4,
  0,
);

/** For commands in which it writes. */
export const WRITING = {
  ...READING,
  places: PLACES,
  examples: text("table of images with the right outputs, or a folder with one", "path"),
  shots: integerOr("how many of the examples it reads", "count", 8, 0),
  choose: choice(
    "which of the examples: those with similar words, any, or the first",
    "how",
    ["similar", "random", "first"],
    "similar",
  ),
  maxTokens: integerOr("most tokens that it writes", "count", 48, 1),
  temperature: numberOr(
    "0: always the likeliest token; 1: by its probabilities",
    "number",
    0,
    0,
    10,
  ),
  topP: numberOr("only the likeliest tokens that reach this probability", "number", 1, 0.01, 1),
  seed: integerOr("for whatever is drawn at random", "number", 0, 0),
} satisfies Options;

/** For evaluations: images of the disk, instead of the demo world. */
export const DATA = {
  data: text("folder of the images to measure on, instead of the demo world", "folder"),
} satisfies Options;

/** The same where examples are shown. */
export const DATA_AND_POOL = {
  ...DATA,
  poolData: text(
    "folder of the images that examples come from (default: others of --data)",
    "folder",
  ),
} satisfies Options;

/** For commands that restore without knowing the original: how the prompts are made. */
export const PROMPTS = {
  shots: integer(
    "examples in each prompt (default: 64; 8 where a prompt reads what is before hidden cells)",
    "count",
    0,
  ),
  choose: choice(
    "which places of the examples: the most similar ones, those similar to any place of the picture in " +
      "common to all prompts, or evenly spread ones; auto: common, but similar where a prompt reads what is " +
      "before hidden cells",
    "how",
    ["auto", "similar", "common", "spread"],
    "auto",
  ),
  step: integerOr("tokens that one prompt writes", "count", 2, 1),
  candidates: choice(
    "which tokens may be written: all, those of any example, or those that the prompt shows",
    "which",
    ["all", "seen", "shown"],
    "shown",
  ),
} satisfies Options;

/** The same for tasks in which cells are hidden. */
export const FILLING = {
  reads: choice(
    "what a prompt reads of hidden cells: what the same place holds when the hidden part is painted over " +
      "with its surroundings, or known tokens before it; auto: the first where there are examples",
    "what",
    ["auto", "same", "before"],
    "auto",
  ),
  window: integerOr("known tokens that a prompt reads", "count", 16, 1),
  order: choice(
    "fill by rows, from the border inwards, or from several sides with a vote",
    "name",
    ["raster", "border", "vote"],
    "border",
  ),
} satisfies Options;

/** For evaluations. */
export const CACHE = textOr(
  "folder where what is drawn, read and measured is kept",
  "folder",
  "cache",
);

export const SPLIT = choice(
  "which scenes, or images where annotations tell: validation to choose settings by, test to report",
  "name",
  ["test", "validation"],
  "test",
);

/** For evaluations that can be divided into shards, and stopped. */
export const DIVIDED = {
  out: text("folder for result.json, table.md, plots and report.html", "folder"),
  shard: text("only a part, as 2/4; writes a file for `v2l eval merge` into --out", "i/n"),
  fresh: flag("forget what a stopped run has measured"),
} satisfies Options;

/** Options that decide how a command runs and where it writes, but nothing about its result. */
export const ASIDE: ReadonlySet<string> = new Set([
  ...Object.keys({ ...GENERAL, ...DIVIDED }),
  "cache",
  "threads",
]);
