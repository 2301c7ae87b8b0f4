import { defineCommand } from "../command/command.js";
import { flag, integerOr, type Options, text } from "../command/option.js";
import { IMAGES, INFERENCE } from "../command/shared-options.js";

const options = {
  ...INFERENCE,
  words: integerOr("global words to print", "count", 5, 1),
  local: flag("print the grid of local tokens below the words"),
  grid: text("draw each image with its words: a .png file, or a folder for several images", "path"),
} satisfies Options;
export type TokenizeOptions = typeof options;

export const tokenize = defineCommand({
  name: "tokenize",
  summary: "Turn images into words.",
  details:
    "Prints one line of words for each image, nearest first; with several images each line begins with " +
    "the file and a tab. With --json each line is a document that `v2l decode` reads. Folders stand for " +
    "the images below them.",
  argument: IMAGES,
  options,
  examples: [
    ["v2l tokenize photo.jpg", "five words"],
    ["v2l tokenize photo.jpg --json > tokens.json", "all words and the whole grid"],
    ["v2l tokenize album --grid grids", "a picture with its words for each image of a folder"],
  ],
  run: async (call) => (await import("../actions/tokenize.js")).tokenize(call),
});
